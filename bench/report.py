"""Puts what was measured into `docs/performance.md`, between its markers, with a chart beside it.

`python -m bench.report` writes them anew from the last results.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "docs"
PAGE, CHART = FOLDER / "performance.md", FOLDER / "performance-api.svg"
HEADING = (
    "# Performance\n\nWhat was measured, on which machine, and how to measure it again: `make bench`.\n\n## The API\n\n"
)
NAMES = {
    "list": "List 25 of 10,000 contacts",
    "get": "Get one contact",
    "create": "Create one contact",
    "quote": "Quote",
    "book": "Book and fetch the label",
}
GOALS = {"list": 0.5, "get": 0.5, "create": 0.4}  # of the bare view's rate at 4 clients
ROW, BAR, LEFT, WIDE = 44, 15, 190, 420  # pixels


def write_section(name: str, lines: list[str]) -> None:
    """Write what one bench found between its markers; the page's other sections stay as they are."""
    begin, end = f"<!-- bench: {name} -->", f"<!-- end: {name} -->"
    text = PAGE.read_text() if PAGE.exists() else HEADING
    if begin not in text:
        text = f"{text.rstrip()}\n\n{begin}\n{end}\n"
    before, _begin, rest = text.partition(begin)
    _old, _end, after = rest.partition(end)
    written = "\n".join(lines).strip()
    PAGE.write_text(f"{before}{begin}\n{written}\n{end}{after}")


def write(found: dict[str, Any]) -> None:
    """Write table and chart of the API's bench."""
    write_section("api", _api(found))
    CHART.write_text(_chart(found["compared"]))


def _api(found: dict[str, Any]) -> list[str]:
    machine = found["machine"]
    where = (
        f"Measured {machine['at'][:10]} on {machine['cores']} cores of {machine['cpu']}, {machine['memory_mib']:,} MiB,"
        f" Python {machine['python']}; database, two web workers and clients all on it. {found['accounts']:,} accounts"
        f" with {found['contacts']:,} contacts. Load before it began: {machine['load_before']}."
    )
    if machine["load_before"] > machine["cores"]:
        where += " Other work kept the machine busy: rates and times are of no use, ratios of some."
    lines = [
        where,
        "",
        "| | clients | ours /s | bare /s | ratio | ours p50, p95 ms | bare p50, p95 ms | CPU ms ours, bare |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, by_clients in found["compared"].items():
        for clients, pair in by_clients.items():
            lines.append(f"| {NAMES[name]} | {clients} {_pair(pair)}")
    for name, by_clients in found["own"].items():
        for clients, pair in by_clients.items():
            mine = pair["ours"]
            times = f"{mine['p50_ms']}, {mine['p95_ms']}"
            lines.append(f"| {NAMES[name]} | {clients} | {mine['rate']} | | | {times} | | {mine['cpu_ms']} |")
    memory, scale = found["memory_mib"]["ours"], found["scale"]
    rest = (
        f"A web worker holds {memory['pss']:.0f} MiB of its own and its share of what workers share"
        f" ({memory['rss']:.0f} MiB resident). The list of 10,000 takes {scale['ratio_p95']} times as long at the 95th"
        f" percentile with {found['accounts']:,} accounts as with 700."
    )
    return [*lines, "", f"![Requests a second, ours against the bare view]({CHART.name})", "", rest]


def _pair(pair: dict[str, Any]) -> str:
    mine, bare = pair["ours"], pair["bare"]
    return (
        f"| {mine['rate']} | {bare['rate']} | {pair['ratio']} | {mine['p50_ms']}, {mine['p95_ms']}"
        f" | {bare['p50_ms']}, {bare['p95_ms']} | {mine['cpu_ms']}, {bare['cpu_ms']} |"
    )


def _chart(compared: dict[str, Any]) -> str:
    """Draw a pair of bars for each operation at 4 clients."""
    pairs = {name: by_clients["4"] for name, by_clients in compared.items()}
    most = max(pair[side]["rate"] for pair in pairs.values() for side in ("ours", "bare"))
    height = ROW * len(pairs) + 30
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDE + 90} {height}" font-family="sans-serif"'
        ' font-size="13" role="img" aria-label="Requests a second at 4 clients, ours against the bare view">'
    )
    parts = [head]
    for place, (name, pair) in enumerate(pairs.items()):
        top = place * ROW + 6
        parts.append(f'<text x="0" y="{top + 19}">{NAMES[name]}</text>')
        for offset, side, colour in ((0, "ours", "#1d70b8"), (BAR + 2, "bare", "#b1b4b6")):
            width = WIDE * pair[side]["rate"] / most
            parts.append(
                f'<rect x="{LEFT}" y="{top + offset}" width="{width:.0f}" height="{BAR}" fill="{colour}"/>'
                f'<text x="{LEFT + width + 5:.0f}" y="{top + offset + 12}">{side} {pair[side]["rate"]:.0f}/s</text>'
            )
    parts.append(f'<text x="{LEFT}" y="{height - 6}">requests a second, 4 clients</text></svg>\n')
    return "\n".join(parts)


if __name__ == "__main__":
    write(json.loads((Path(__file__).parent / "results" / "api.json").read_text()))
