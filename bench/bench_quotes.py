"""CPU of the quotes for one request: the engine alone, with its two queries, and as a whole request of the API.

The baseline of the same run is the cheapest question that Django can ask the database: one row by its key.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

from bench import report
from bench.inside import Caller, seconds_each, use
from bench.stage import site

ACCOUNTS, ROUNDS, TIMES = 700, 15, 100
WANTED_MS = 2.0
OUTPUT = Path(__file__).parent / "results" / "quotes.json"
NAMES = {
    "one row": "Baseline: one row by its key",
    "engine": "The engine: every service priced or refused",
    "quotes": "The same with tariff and suspensions read",
    "request": "The whole request, `POST /quotes/`",
}


def main() -> None:
    here = site(ACCOUNTS)
    use(here.runtime())
    token = here.manage("create_api_key", "--email=owner-1@seed-1.example", "--scopes=all").splitlines()[-1]
    parts = _parts(Caller(token))
    cpu: dict[str, list[float]] = {name: [] for name in parts}
    for _round in range(ROUNDS):
        for name, act in parts.items():
            cpu[name].append(1000 * seconds_each(act, TIMES)[1])
    found = {name: round(median(values), 3) for name, values in cpu.items()}
    for name, spent in found.items():
        print(f"{NAMES[name]:<50} {spent:7.3f} ms of CPU, {spent / found['one row']:6.2f} of the baseline", flush=True)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(found, indent=1) + "\n")
    report.write_section("quotes", _table(found))


def _parts(caller: Caller) -> dict[str, Callable[[], Any]]:
    from shipments import pricing, quotes
    from shipments.models import TariffEdition
    from shipments.tariff import snapshot

    tariff, on = snapshot.current(), pricing.today()
    edition = TariffEdition.objects.first()
    assert edition is not None
    asked = cycle(
        quotes.QuoteRequest(destination=code, weight_g=weight, on=on, contents=contents)
        for code in ("GB", "US", "AU", "DE", "JP", "HK", "CN", "BR")
        for weight in (20, 450, 1_990, 12_000)
        for contents in ("goods", "documents")
    )
    body = {"destination": "GB", "weight_kg": "0.450", "contents": "goods"}
    return {
        "one row": lambda: TariffEdition.objects.get(pk=edition.pk),
        "engine": lambda: quotes.quote(next(asked), tariff),
        "quotes": lambda: pricing.offers(destination="GB", weight_g=450, contents="goods", on=on),
        "request": lambda: caller.ask("POST", "/api/v1/quotes/", body),
    }


def _table(found: dict[str, float]) -> list[str]:
    lines = [
        f"CPU in milliseconds; the quotes of one request may take {WANTED_MS}. `python -m bench.bench_quotes`.",
        "",
        "| | ms | of the baseline |",
        "|---|---|---|",
    ]
    return [*lines, *(f"| {NAMES[name]} | {spent} | {spent / found['one row']:.2f} |" for name, spent in found.items())]


if __name__ == "__main__":
    main()
