"""How many contacts and shipments each account has: most books small, a few large, the mean exactly as asked."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

LARGEST, LARGE = 50_000, 10_000
LARGE_EVERY = 7_000  # accounts to one large book
UNEVENNESS = 1.1  # sigma of the log-normal spread of the small books


class Share(NamedTuple):
    """What one account gets; `first_shipment` counts shipments over all accounts."""

    number: int
    contacts: int
    shipments: int
    first_shipment: int


def shares(*, accounts: int, contacts: int, shipments: int, seed: int, even: bool = False) -> list[Share]:
    """Return the share of each account, numbered from 1, the largest books first.

    `contacts` and `shipments` are means. There is one book of 50,000 where that is at most a quarter of all contacts,
    and one of 10,000 in 7,000 accounts, at least one where that is at most half of what is left. With `even` every
    book has exactly as many contacts as the mean.
    """
    chance = Random(f"{seed}|spread")  # noqa: S311 - no secret: the same seed gives the same site
    books = [contacts] * accounts if even else _large(accounts, accounts * contacts)
    books += _spread(chance, accounts - len(books), accounts * contacts - sum(books))
    parcels = _spread(chance, accounts, accounts * shipments)
    found, first = [], 0
    for number, (book, sent) in enumerate(zip(books, parcels, strict=True), start=1):
        found.append(Share(number, book, sent, first))
        first += sent
    return found


def _large(accounts: int, total: int) -> list[int]:
    books = [LARGEST] if total >= LARGEST * 4 and accounts > 1 else []
    for _ in range(max(1, accounts // LARGE_EVERY)):
        if total - sum(books) >= LARGE * 2 and len(books) < accounts - 1:
            books.append(LARGE)
    return books


def _spread(chance: Random, parts: int, total: int) -> list[int]:
    """Divide a total into uneven whole parts that add up to it exactly."""
    weights = [chance.lognormvariate(0, UNEVENNESS) for _ in range(parts)]
    sizes, done, weighed, whole = [], 0, 0.0, sum(weights)
    for weight in weights:
        weighed += weight
        upto = round(total * weighed / whole)
        sizes.append(upto - done)
        done = upto
    return sizes
