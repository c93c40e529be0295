"""How many labels a second one core makes: `make bench`, or `python -m bench.bench_labels`.

Typst would use every core, so it is held to one thread, and CPU time of all threads is counted, not time on the wall:
other work on the machine does not flatter or spoil the figures. Every label has its own number, recipient, reference,
weight and postage; a batch has one sender, singles have many. The baseline of the same run is a page with one line of
text, compiled in the same way: what Typst costs before there is any label.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecship.settings")
os.environ["RAYON_NUM_THREADS"] = "1"  # read once, when Typst first runs

from labels import documents, typesetting
from labels.model import CustomsForm, LabelData, Layout, Output
from tests.labels.samples import sample, to_chinese

SINGLES, BATCH, ROUNDS = 100, 500, 3
WANTED = {"single": 200, "batch": 800}
RESULTS = Path(__file__).with_name("results") / "labels.json"
STREETS = ("Sample Street", "Long Example Road", "Avenue de l'Exemple", "High Street")
TOWNS = ("LONDON", "MANCHESTER", "LEEDS", "BRIGHTON", "YORK")
ROADS = ("示例道", "長樣板街", "模範路", "新樣本里")


def varied(data: LabelData, number: int, *, sender: bool) -> LabelData:
    """Return the item as one of many: what differs between a shop's parcels differs here."""
    to = data.recipient
    lines = (
        f"Mary Example {number}",
        *to.lines[1:2],
        f"{number} {STREETS[number % len(STREETS)]}",
        TOWNS[number % len(TOWNS)],
        *to.lines[4:],
    )
    local = tuple(f"{ROADS[number % len(ROADS)]}{number}號{line}" for line in to.local_lines[:2]) + to.local_lines[2:]
    who = replace(data.sender, lines=(f"Sender {number}", *data.sender.lines[1:])) if sender else data.sender
    return replace(
        data,
        recipient=replace(to, lines=lines, local_lines=local, phone=f"+44 20 7946 {number:04}" if to.phone else ""),
        sender=who,
        postage_hkd=Decimal(3000 + number) / 100,
        weight_g=100 + number,
        reference=f"ORDER-{number:06}",
    )


KINDS: dict[str, Callable[[int], LabelData]] = {
    "plain": lambda number: sample("ARM", serial=number),
    "Chinese and English": lambda number: to_chinese(sample("LRM", serial=number)),
    "with CN22": lambda number: sample("ARM", form=CustomsForm.CN22, serial=number),
}


def rate(act: Callable[[], None], count: int) -> float:
    """Return how many a second of CPU time."""
    started = time.process_time()
    act()
    return count / (time.process_time() - started)


def baseline() -> float:
    compiler = typesetting._compiler()

    def act() -> None:
        for number in range(SINGLES):
            source = f'#set text(font: "Noto Sans HK")\nOne line of text, the {number}th.'
            compiler.compile(input=source.encode(), format="pdf", timestamp=0)

    act()
    return rate(act, SINGLES)


def singles(make: Callable[[int], LabelData], layout: Layout, first: int) -> float:
    """Return labels a second, each a document of its own; the best of some rounds, none of them seen before."""
    found = []
    for turn in range(ROUNDS):
        numbers = range(first + turn * SINGLES, first + (turn + 1) * SINGLES)
        items = [varied(make(number), number, sender=True) for number in numbers]

        def act(items: list[LabelData] = items) -> None:
            for item in items:
                documents.labels([item], layout=layout, output=Output.PDF)

        found.append(rate(act, SINGLES))
    return max(found)


def batches(make: Callable[[int], LabelData], layout: Layout, first: int) -> float:
    """Return labels a second in one file; the best of some rounds, none of them seen before."""
    found = []
    for turn in range(ROUNDS):
        numbers = range(first + turn * BATCH, first + (turn + 1) * BATCH)
        items = [varied(make(number), number, sender=False) for number in numbers]

        def act(items: list[LabelData] = items) -> None:
            documents.labels(items, layout=layout, output=Output.PDF)

        found.append(rate(act, BATCH))
    return max(found)


def main() -> None:
    documents.labels([sample("ARM")], layout=Layout.THERMAL, output=Output.PDF)  # fonts are read once
    line = baseline()
    kinds = [(layout, kind) for layout in Layout for kind in KINDS]
    # Batches come last, as in life: the site's web processes make single labels and its bulk workers make files.
    alone = [singles(KINDS[kind], layout, 10_000 * place) for place, (layout, kind) in enumerate(kinds)]
    many = [batches(KINDS[kind], layout, 10_000 * place + 5000) for place, (layout, kind) in enumerate(kinds)]
    print(f"Baseline, a page with one line of text: {line:.0f} a second. Wanted, plain: {WANTED}. One core, CPU time.")
    print(f"{'':34}{'single':>9}{'of baseline':>13}{f'in {BATCH}':>9}")
    results: dict[str, object] = {"one line of text": round(line)}
    for (layout, kind), single, batch in zip(kinds, alone, many, strict=True):
        print(f"{layout:8}{kind:26}{single:9.0f}{single / line:13.2f}{batch:9.0f}")
        results[f"{layout} {kind}"] = {"single": round(single), "batch": round(batch), "ratio": round(single / line, 2)}
    results["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"Most memory held: {results['memory_mb']} MB")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
