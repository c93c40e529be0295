"""How many labels a second: `python -m bench.label_speed`. Singles are compiled one by one, a batch as one document."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecship.settings")

from labels import documents
from labels.model import CustomsForm, LabelData, Layout, Output
from tests.labels.samples import sample

SINGLES, BATCH = 60, 300


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def one_by_one(items: list[LabelData]) -> None:
    for item in items:
        documents.labels([item], layout=Layout.THERMAL, output=Output.PDF)


def main() -> None:
    documents.labels([sample("ARM")], layout=Layout.THERMAL, output=Output.PDF)  # fonts are read once
    for name, form in (("plain", None), ("with CN22", CustomsForm.CN22)):
        singles = [sample("ARM", form=form, serial=number) for number in range(SINGLES)]
        batch = [sample("ARM", form=form, serial=1000 + number) for number in range(BATCH)]
        alone = SINGLES / seconds(lambda items=singles: one_by_one(items))  # type: ignore[misc]
        together = BATCH / seconds(
            lambda items=batch: documents.labels(items, layout=Layout.THERMAL, output=Output.PDF)
        )  # type: ignore[misc]
        print(f"{name}: {alone:.0f} single labels a second, {together:.0f} in a batch of {BATCH}")


if __name__ == "__main__":
    main()
