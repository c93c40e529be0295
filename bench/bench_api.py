"""`make bench`: our API against a bare Django and DRF view over the same data without walls.

Both run under the production server at the same time on the same machine and are measured in turns, ours, theirs, ours,
theirs, so that what else the machine does meets both. Writes `bench/results/api.json`; `bench.report` puts it into
`docs/performance.md`. BENCH_ACCOUNTS (70000), BENCH_SECONDS (2, of one turn) and BENCH_ROUNDS (5) make it shorter.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

from bench import report
from bench.load import Act, Client, Run, run
from bench.stage import Server, Site, server, site

ACCOUNTS = int(os.environ.get("BENCH_ACCOUNTS") or 70_000)
SECONDS = float(os.environ.get("BENCH_SECONDS") or 2)
ROUNDS = int(os.environ.get("BENCH_ROUNDS") or 5)
FEW_ACCOUNTS = 700
BOOK = 10_000  # contacts of the book that is listed
KEPT = 100  # contacts that "get one" goes round
OURS, BARE = "ecship.wsgi:application", "bench.bare.wsgi:application"
OUTPUT = Path(__file__).parent / "results" / "api.json"
CONTACT = {
    "name": "Wong Siu Ming",
    "company": "Harbour Prints",
    "email": "siuming@example.com",
    "phone": "+852 9123 4567",
    "lines": ["Flat 5, 12/F, Block B", "18 Sample Street"],
    "district": "Yau Tsim Mong",
    "city": "Mong Kok",
    "country": "HK",
    "local_name": "黃小明",
    "local_lines": ["旺角樣本街18號B座12樓5室"],
    "tags": ["customer"],
}
LONDON = {
    "name": "Edith Example",
    "lines": ["1 Example Road"],
    "city": "London",
    "postcode": "SW1A 1AA",
    "country": "GB",
}
QUOTE = {"destination": "GB", "weight_kg": "0.450", "contents": "goods"}
SHIPMENT = {
    "sender": {name: CONTACT[name] for name in ("name", "lines", "district", "city", "country")},
    "recipient": LONDON,
    "contents": "documents",
    "weight_kg": "0.020",
    "format": "small_letter",
    "service": "ARM",
}


@dataclass(frozen=True)
class Side:
    """One server with a key and a large book."""

    server: Server
    token: str
    book: str
    ids: tuple[str, ...]

    def go(self, act: Callable[[Side], Act], *, clients: int, seconds: float = SECONDS) -> Run:
        return run(act(self), port=self.server.port, token=self.token, clients=clients, seconds=seconds)


def listing(side: Side) -> Act:
    return lambda client, _: client.ask("GET", f"/api/v1/address-books/{side.book}/contacts/")


def one(side: Side) -> Act:
    return lambda client, place: client.ask("GET", f"/api/v1/contacts/{side.ids[place % len(side.ids)]}/")


def adding(side: Side) -> Act:
    return lambda client, _: client.ask("POST", f"/api/v1/address-books/{side.book}/contacts/", CONTACT)


def quoting(side: Side) -> Act:
    return lambda client, _: client.ask("POST", "/api/v1/quotes/", QUOTE)


def booking(side: Side) -> Act:
    """Book a letter abroad and fetch its label: two requests, counted as one."""

    def act(client: Client, _place: int) -> None:
        made = json.loads(client.ask("POST", "/api/v1/shipments/", SHIPMENT))
        client.ask("GET", f"/api/v1/shipments/{made['id']}/label/?output=pdf&layout=native")

    return act


COMPARED = {"list": listing, "get": one, "create": adding}
OWN = {"quote": quoting, "book": booking}


def main() -> None:
    with ExitStack() as stack:
        many, few = site(ACCOUNTS), site(FEW_ACCOUNTS)
        ours = _ours(stack, many)
        bare = _bare(stack, many, ours)
        found: dict[str, Any] = {"machine": _machine(), "accounts": ACCOUNTS, "contacts": ACCOUNTS * 30}
        found["compared"] = {name: _compare(name, act, ours, bare) for name, act in COMPARED.items()}
        found["own"] = {name: _alone(name, act, ours) for name, act in OWN.items()}
        found["memory_mib"] = {"ours": ours.server.memory_mib(), "bare": bare.server.memory_mib()}
        found["scale"] = _scale(ours, _ours(stack, few))
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(found, indent=1) + "\n")
    report.write(found)
    _say(f"Written to {OUTPUT}")


def _ours(stack: ExitStack, here: Site) -> Side:
    running = stack.enter_context(server(OURS, here.runtime()))
    token = here.manage("create_api_key", f"--email={_owner_of_the_book(here)}", "--scopes=all").splitlines()[-1]
    return prepared(running, token)


def prepared(running: Server, token: str) -> Side:
    """Look for the book of 10,000 and some of its contacts."""
    client = Client(running.port, token)
    book = json.loads(client.ask("GET", "/api/v1/address-books/"))["results"][0]["id"]
    page = json.loads(client.ask("GET", f"/api/v1/address-books/{book}/contacts/?page_size=100"))
    ids = tuple(contact["id"] for contact in page["results"])
    return Side(running, token, book, ids)


def _owner_of_the_book(here: Site) -> str:
    """Return the e-mail address of the first account with a book of 10,000 (one of 50,000 may stand before it)."""
    return f"owner-{2 if here.accounts * 30 >= 200_000 else 1}@seed-1.example"


def _bare(stack: ExitStack, here: Site, ours: Side) -> Side:
    """The same book of the same account, in the twin table."""
    with here.connect() as connection:
        rows = connection.execute(
            "SELECT id::text, account_id FROM bare_contact WHERE address_book = %s ORDER BY created_at DESC LIMIT %s",
            [ours.book, KEPT],
        ).fetchall()
        connection.execute(
            "INSERT INTO bare_key (key_hash, account_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [sha256(ours.token.encode()).digest(), rows[0][1]],
        )
    environment = {**here.runtime(), "DJANGO_SETTINGS_MODULE": "bench.bare.settings"}
    running = stack.enter_context(server(BARE, environment))
    return Side(running, ours.token, ours.book, tuple(row[0] for row in rows[: len(ours.ids)]))


def _compare(name: str, act: Callable[[Side], Act], ours: Side, bare: Side) -> dict[str, Any]:
    for side in (ours, bare):
        side.go(act, clients=4, seconds=1)  # warm
    found = {}
    for clients in (1, 4):
        mine, theirs = _in_turns(act, clients, ours, bare)
        ratio = median(a["rate"] / b["rate"] for a, b in zip(mine, theirs, strict=True))
        found[str(clients)] = {"ours": _summed(mine), "bare": _summed(theirs), "ratio": round(ratio, 3)}
        _say(f"{name:<7} {clients} clients: {_line(found[str(clients)])}")
    return found


def _line(pair: dict[str, Any]) -> str:
    mine, theirs = pair["ours"], pair["bare"]
    return (
        f"{mine['rate']:7.1f}/s against {theirs['rate']:7.1f}/s, ratio {pair['ratio']:.2f}, "
        f"p95 {mine['p95_ms']:.1f} against {theirs['p95_ms']:.1f} ms, "
        f"CPU {mine['cpu_ms']:.2f} against {theirs['cpu_ms']:.2f} ms"
    )


def _in_turns(act: Callable[[Side], Act], clients: int, *sides: Side) -> tuple[list[dict[str, Any]], ...]:
    """Measure the sides in turns, so that what else the machine does meets all of them."""
    found: tuple[list[dict[str, Any]], ...] = tuple([] for _ in sides)
    for _round in range(ROUNDS):
        for side, results in zip(sides, found, strict=True):
            before = side.server.cpu_seconds()
            done = side.go(act, clients=clients)
            results.append({"run": done, "rate": done.rate, "cpu": side.server.cpu_seconds() - before})
    return found


def _summed(results: list[dict[str, Any]]) -> dict[str, Any]:
    whole = sum((result["run"] for result in results), Run())
    return {
        "rate": round(median(result["rate"] for result in results), 1),
        "p50_ms": round(whole.percentile(50), 2),
        "p95_ms": round(whole.percentile(95), 2),
        "cpu_ms": round(1000 * sum(result["cpu"] for result in results) / len(whole.times), 3),
    }


def _alone(name: str, act: Callable[[Side], Act], ours: Side) -> dict[str, Any]:
    ours.go(act, clients=4, seconds=1)
    found = {}
    for clients in (1, 4):
        (results,) = _in_turns(act, clients, ours)
        found[str(clients)] = {"ours": _summed(results)}
        mine = found[str(clients)]["ours"]
        _say(f"{name:<7} {clients} clients: {mine['rate']:7.1f}/s, p95 {mine['p95_ms']} ms, CPU {mine['cpu_ms']} ms")
    return found


def _scale(many: Side, few: Side) -> dict[str, Any]:
    """The same list, of a book of 10,000, where there are 700 accounts and where there are 70,000."""
    for side in (many, few):
        side.go(listing, clients=4, seconds=1)
    big, small = (_summed(results) for results in _in_turns(listing, 1, many, few))
    ratio = round(big["p95_ms"] / small["p95_ms"], 3)
    _say(f"list p95 with {ACCOUNTS} accounts: {ratio} times that with {FEW_ACCOUNTS}")
    return {"many": big, "few": small, "ratio_p95": ratio}


def _machine() -> dict[str, Any]:
    names = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024
    return {
        "cpu": names[0] if names else platform.machine(),
        "cores": os.cpu_count(),
        "memory_mib": memory,
        "python": platform.python_version(),
        "system": platform.system(),
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
