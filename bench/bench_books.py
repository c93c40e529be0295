"""Finding in large books: the first page by name and of a search, the pages after it, and adding a contact.

In this process, on the database with 70,000 accounts, as its owner: "first" is what somebody waits for whose book this
process does not have at hand; "laid out" is the very first time, when the book has no layout beside it either.
BENCH_ACCOUNTS makes it smaller. The books are those of 10,000 and of 50,000 contacts, and one of 30 or so.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench import report
from bench.bench_api import ACCOUNTS, CONTACT
from bench.inside import Caller, use
from bench.stage import Site, site

TIMES = int(os.environ.get("BENCH_TIMES") or 40)
OUTPUT = Path(__file__).parent / "results" / "books.json"
OWNERS = {"50,000": 1, "10,000": 3, "small": 40}  # of the first accounts that are seeded; the second is bench_api's
WORDS = ("wong", "陳", "flat", "8 n", "9123", "siu ming", "harbour road", "zzz")
Ask = Callable[[], Any]


def main() -> None:
    here = site(ACCOUNTS)
    use(here.runtime())
    found = {name: _book(here, name, number) for name, number in OWNERS.items()}
    found["memory"] = {"mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(found, indent=1) + "\n")
    report.write_section("books", _table(found))


def _book(here: Site, name: str, number: int) -> dict[str, Any]:
    caller, book = _opened(here, number)
    added: list[str] = []
    address = f"/api/v1/address-books/{book}/contacts/"
    words = _endless(WORDS)
    by_name = lambda: caller.ask("GET", f"{address}?ordering=name")  # noqa: E731
    search = lambda: caller.ask("POST", f"{address}search/", {"q": next(words)})  # noqa: E731
    pages = _following(caller, f"{address}?ordering=name")
    found = {
        "newest": _measured(lambda: caller.ask("GET", address)),
        "laid out": _measured(by_name, before=_never_seen(here), times=5),
    }
    _keep(here, number, book, name)
    add = lambda: added.append(caller.ask("POST", address, CONTACT)["id"])  # noqa: E731
    found |= {
        "name, first": _measured(by_name, before=_forget),
        "name, following": _measured(lambda: next(pages)),
        "search, first": _measured(search, before=_forget),
        "search, following": _measured(search),
        "add": _measured(add, times=TIMES * 2),
        "name, after adding": _measured(by_name, before=add),
    }
    for contact in added:  # the next run finds the book as large as this one
        caller.ask("DELETE", f"/api/v1/contacts/{contact}/")
    for what, times in found.items():
        print(f"{name:<7} {what:<20} p50 {times['p50_ms']:8.2f} ms, p95 {times['p95_ms']:8.2f} ms", flush=True)
    return found


def _opened(here: Site, number: int) -> tuple[Caller, str]:
    email = f"--email=owner-{number}@seed-1.example"
    caller = Caller(here.manage("create_api_key", email, "--scopes=all").splitlines()[-1])
    return caller, caller.ask("GET", "/api/v1/address-books/")["results"][0]["id"]


def _following(caller: Caller, address: str) -> Iterator[Any]:
    page = caller.ask("GET", address)
    for _page in count():
        path = page["next"].split("/", 3)[3] if page["next"] else ""
        yield (page := caller.ask("GET", f"/{path}" if path else address))


def _endless(words: tuple[str, ...]) -> Iterator[str]:
    while True:
        yield from words


def _forget() -> None:
    from addressbook.index import keeping

    keeping.MEMORY = keeping.Memory(keeping.KEPT_BYTES)


def _never_seen(here: Site) -> Ask:
    """Return what makes this process and the database forget every layout, as if no book had been looked at."""

    def forget() -> None:
        _forget()
        with here.connect() as connection:
            connection.execute("TRUNCATE addressbook_bookindex")

    return forget


def _keep(here: Site, number: int, book: str, name: str) -> None:
    """What the worker does when it is told that a layout is worth keeping. Raises RuntimeError for a book of another
    size than it is named after: another bench has written into it.
    """
    written = here.manage(
        "shell", "-c", _KEEP.format(book=book, coming=TIMES * 4, email=f"owner-{number}@seed-1.example")
    )
    size, promised = int(written.splitlines()[-1]), name.replace(",", "")
    if promised.isdigit() and not 0.98 <= size / int(promised) <= 1.02:
        raise RuntimeError(f"The book of {name} has {size} contacts.")


_KEEP = """
from django.contrib.auth import get_user_model
from django.utils import timezone
from accounts.models import Member
from addressbook import room
from addressbook.index import keeping
from addressbook.models import AddressBook, Contact
from security import scope
with scope.identity():
    account = Member.objects.filter(user__email={email!r}).values_list("account_id", flat=True)[0]
with scope.account(account_id=account):
    kept = Contact.objects.kept().filter(book={book!r})
    too_many = max(0, kept.count() + {coming} - room.MOST)  # a book is full with 50,000
    Contact.objects.filter(pk__in=list(kept.order_by("pk").values_list("pk", flat=True)[:too_many])).update(
        deleted_at=timezone.now()
    )
    keeping.keep(AddressBook.objects.get(pk={book!r}), now=timezone.now())
    print(Contact.objects.kept().filter(book={book!r}).count())
"""


def _measured(act: Ask, *, before: Ask | None = None, times: int = TIMES) -> dict[str, float]:
    act()
    spent = []
    for _time in range(times):
        if before is not None:
            before()
        began = time.perf_counter()
        act()
        spent.append(1000 * (time.perf_counter() - began))
    return {"p50_ms": round(median(spent), 2), "p95_ms": round(quantiles(spent, n=20)[-1], 2)}


def _table(found: dict[str, Any]) -> list[str]:
    lines = ["| ms, half of all and 95 of 100 | " + " | ".join(OWNERS) + " |", "|---" * (len(OWNERS) + 1) + "|"]
    for what in found["small"]:
        cells = (f"{found[name][what]['p50_ms']}, {found[name][what]['p95_ms']}" for name in OWNERS)
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    main()
