"""Search among shipments. Names are sealed, so the rows are opened, the newest first, a bounded number at a time.

Where that was not enough the answer says so, and its cursor goes on from there: nothing is out of reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.db.models import Q, QuerySet

from security import pages, trail
from security.pages import BadCursor
from security.permissions import Permission
from shipments.access import check_right
from shipments.models import Shipment

SEARCHED = 5_000  # rows that are opened for one page
MOST_FOUND = 100


@dataclass(frozen=True)
class Found:
    """One page of hits, the newest first; the cursors of its neighbours are empty where there is none.

    `searched_until` is when the last shipment was made that was looked at, where older ones were not; there may be
    hits among those even when the page is not full.
    """

    rows: list[Shipment]
    next: str = ""
    previous: str = ""
    searched_until: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every shipment was looked at, and every hit is shown."""
        return not (self.next or self.previous)


def search_shipments(*, words: str, cursor: str = "", size: int = MOST_FOUND) -> Found:
    """Find shipments by item number, or by words in names, companies and references. Raises Forbidden and BadCursor."""
    check_right(Permission.SHIPMENT_VIEW)
    number = "".join(words.split()).upper()
    rows = [] if cursor else list(Shipment.objects.filter(item_number=number))
    found = Found(rows) if rows else _by_words(words.casefold().split(), cursor=cursor, size=size)
    if found.rows:
        trail.record(action=trail.Action.SEARCH, kind="shipment", ids=[row.pk for row in found.rows])
    return found


def _by_words(wanted: list[str], *, cursor: str, size: int) -> Found:
    salt = pages.bound("shipments.searching", words=" ".join(wanted))
    backwards, place = _read(cursor, salt) if cursor else (False, None)
    hits, last, is_end = _walk(_from(place, backwards=backwards), lambda row: _has(row, wanted), size)
    if backwards:
        hits.reverse()
    # A full page ends at its last hit: what was opened beyond it is opened again for the next.
    older = hits[-1] if hits and (backwards or len(hits) == size) else last
    newer = hits[0] if hits and (not backwards or len(hits) == size) else last
    has_older = backwards or not is_end
    has_newer = not is_end if backwards else place is not None
    return Found(
        hits,
        next=_write(older, salt, backwards=False) if has_older and older else "",
        previous=_write(newer, salt, backwards=True) if has_newer and newer else "",
        searched_until=older.created_at if has_older and older else None,
    )


def _walk(
    rows: QuerySet[Shipment], is_hit: Callable[[Shipment], bool], size: int
) -> tuple[list[Shipment], Shipment | None, bool]:
    """Open rows until a page is full and one hit more is known, the bound is reached, or there are none left.

    Return the hits, the last row that was looked at, and whether nothing is left.
    """
    hits: list[Shipment] = []
    last = None
    for looked, row in enumerate(rows[: SEARCHED + 1].iterator(chunk_size=500), start=1):
        if looked > SEARCHED:
            return hits, last, False
        if is_hit(row):
            if len(hits) == size:
                return hits, last, False
            hits.append(row)
        last = row
    return hits, last, True


def _from(place: tuple[datetime, UUID] | None, *, backwards: bool) -> QuerySet[Shipment]:
    found = (
        Shipment.objects.order_by("created_at", "-pk") if backwards else Shipment.objects.order_by("-created_at", "pk")
    )
    if place is None:
        return found
    at, row_id = place
    if backwards:
        return found.filter(Q(created_at__gt=at) | Q(created_at=at, pk__lt=row_id))
    return found.filter(Q(created_at__lt=at) | Q(created_at=at, pk__gt=row_id))


def _has(row: Shipment, wanted: list[str]) -> bool:
    text = _haystack(row)
    return bool(wanted) and all(word in text for word in wanted)


def _haystack(row: Shipment) -> str:
    parties = (row.sender, row.recipient)
    names = [str(party.get(name, "")) for party in parties for name in ("name", "company", "local_name")]
    return "\n".join([*names, row.reference]).casefold()


def _write(row: Shipment, salt: str, *, backwards: bool) -> str:
    return signing.dumps([backwards, row.created_at.isoformat(), str(row.pk)], salt=salt)


def _read(cursor: str, salt: str) -> tuple[bool, tuple[datetime, UUID]]:
    try:
        backwards, at, row_id = signing.loads(cursor, salt=salt)
    except signing.BadSignature as error:
        raise BadCursor from error
    return bool(backwards), (datetime.fromisoformat(at), UUID(row_id))
