"""How many labels a second: `python -m bench.label_speed`. Singles are compiled one by one, a batch as one document."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecship.settings")

from labels import documents
from labels.model import CustomsForm, LabelData, Layout, Output
from tests.labels.samples import sample

SINGLES, BATCH = 60, 200


def one_by_one(items: list[LabelData]) -> None:
    for item in items:
        documents.labels([item], layout=Layout.THERMAL, output=Output.PDF)


def together(items: list[LabelData]) -> None:
    documents.labels(items, layout=Layout.THERMAL, output=Output.PDF)


def rate(act: Callable[[list[LabelData]], None], items: list[LabelData]) -> float:
    """Return labels a second."""
    started = time.perf_counter()
    act(items)
    return len(items) / (time.perf_counter() - started)


def main() -> None:
    one_by_one([sample("ARM")])  # fonts are read once
    for name, form in (("plain", None), ("with CN22", CustomsForm.CN22)):
        singles = rate(one_by_one, [sample("ARM", form=form, serial=number) for number in range(SINGLES)])
        batch = rate(together, [sample("ARM", form=form, serial=1000 + number) for number in range(BATCH)])
        print(f"{name}: {singles:.0f} single labels a second, {batch:.0f} in a batch of {BATCH}")


if __name__ == "__main__":
    main()
