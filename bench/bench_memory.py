"""Memory of a web worker that visits many large books: 200 accounts with one book of 10,000 contacts each.

One worker, four clients at a time, each book's first page by name and a search, none laid out before. BENCH_BOOKS and
BENCH_EACH make it smaller. The baseline is the same worker behind 20 visits of one book.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench import report
from bench.bench_api import OURS
from bench.load import Client
from bench.stage import GUNICORN, Server, Site, running, site
from ecship.embedded.ports import LOOPBACK

BOOKS = int(os.environ.get("BENCH_BOOKS") or 200)
EACH = int(os.environ.get("BENCH_EACH") or 10_000)
CLIENTS, WARM = 4, 20
ABOUT = (
    "Four clients at a time ask one web worker for the first page by name and for a search of every book,"
    " each of another account, none laid out before (`bench.bench_memory`)."
)
COMMAND = [sys.executable, "-m", "gunicorn", OURS, *GUNICORN, "--workers=1", f"--bind={LOOPBACK}:{{port}}"]
OUTPUT = Path(__file__).parent / "results" / "memory.json"


def main() -> None:
    here = site(BOOKS, each=EACH)
    with here.connect() as connection:
        connection.execute("TRUNCATE addressbook_bookindex")
    tokens = _tokens(here)
    found: dict[str, Any] = {}
    with running(COMMAND, here.runtime()) as web:
        assert len(web.workers()) == 1
        for _time in range(WARM):
            _visit(web, tokens[0])
        found[f"{WARM} visits of one book"] = _told(web)
        with ThreadPoolExecutor(CLIENTS) as clients:
            for done in range(0, BOOKS, 50):
                sizes = list(clients.map(lambda token: _visit(web, token), tokens[done : done + 50]))
                assert all(size == EACH for size in sizes), sizes[:5]
                found[f"{done + len(sizes)} books visited"] = _told(web)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(found, indent=1) + "\n")
    report.write_section("memory", _table(found))


def _tokens(here: Site) -> list[str]:
    return here.manage("shell", "--verbosity=0", "-c", _KEYS.format(books=BOOKS)).splitlines()[-BOOKS:]


_KEYS = """
from accounts import keys
from accounts.models import Member
from security import scope
for number in range(1, {books} + 1):
    with scope.identity():
        member = Member.objects.select_related("account", "user").get(user__email=f"owner-{{number}}@seed-1.example")
        key = keys.create_api_key(account=member.account, by=member.user, name="Bench", scopes=["contacts:read"])
        print(key[1])
"""


def _visit(web: Server, token: str) -> int:
    """Look at a book as its owner does; return how many contacts it has."""
    client = Client(web.port, token)
    book = json.loads(client.ask("GET", "/api/v1/address-books/"))["results"][0]
    address = f"/api/v1/address-books/{book['id']}/contacts/"
    client.ask("GET", f"{address}?ordering=name")
    client.ask("POST", f"{address}search/", {"q": "wong"})
    return int(book["contact_count"])


def _told(web: Server) -> dict[str, float]:
    memory = {name: round(mib, 1) for name, mib in web.memory_mib().items()}
    print(memory, flush=True)
    return memory


def _table(found: dict[str, Any]) -> list[str]:
    lines = ["## Many large books in one process", "", ABOUT, ""]
    lines += [f"| One web worker, books of {EACH:,}, MiB | resident | its own and its share |", "|---|---|---|"]
    return lines + [f"| {what} | {mib['rss']} | {mib['pss']} |" for what, mib in found.items()]


if __name__ == "__main__":
    main()
