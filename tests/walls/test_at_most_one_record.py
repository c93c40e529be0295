"""With walls 2 to 7 away an attacker gets at most one record out of any address before they are suspended.

The addresses are those of the corpus that take a reference; a new one is among them by itself.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from security.detection import stream
from security.detection.models import Finding, Freeze, Score, StrangeId, Suspension
from security.models import LiveState
from security.walls import Wall
from tests.conftest import REPORT
from tests.security.watching import DATABASES, ON_SITE, settle, state_of
from tests.walls import corpus, ledger
from tests.walls.furnishing import CANARY, Cast, furnish
from tests.walls.switches import without

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=[*DATABASES, "owner"]),
    pytest.mark.filterwarnings("ignore:.*never awaited"),
]
TWO_TO_SEVEN = (Wall.PERMISSION, Wall.SCOPE, Wall.RLS, Wall.WRITEGUARD, Wall.REFERENCE, Wall.ENCRYPTION)
TRIES = 3


def reading() -> list[corpus.Request]:
    """Return the requests that read by a reference: of each address, whatever is asked without a change in mind."""
    return [
        request
        for request in corpus.requests()
        if not request.is_probe
        and request.names_foreign_object
        and not request.address.is_foreign
        and (request.method == "GET" or request.address.name.endswith("search"))
    ] + [request for request in corpus.requests() if _reads_by_soap(request)]


def _reads_by_soap(request: corpus.Request) -> bool:
    """Tell whether a call reads by a reference; tracking, which is public, gives nothing of people."""
    named = corpus.REFERENCE.search(str(request.ask.body)) and request.ask.path.get("service") != "Tracking"
    return bool(named and request.ask.operation.startswith("get") and request.method == "POST" and not request.is_probe)


def begin_anew(cast: Cast) -> None:
    """Forget what detection knows, but keep the attacker's session."""
    for model in (Suspension, Finding, Freeze, Score, StrangeId):
        model.objects.using("security").all().delete()
    LiveState.objects.using("security").update(state="active", epoch=1)
    stream.STREAM.forget()
    cache.clear()


def records_out(request: corpus.Request, client: Any, cast: Cast) -> tuple[int, bool]:
    """Send a request again and again until the attacker is suspended; return how often something left."""
    out = 0
    for _try in range(TRIES):
        for response in request.send(client, cast.holdings):
            out += CANARY in ledger.left_in(response)
        settle()
        if state_of(cast.stranger.user.pk) == "suspended":
            return out, True
    return out, False


def test_at_most_one_record_leaves_any_reading_address() -> None:
    leaks: dict[str, int] = {}
    unnoticed = []
    with without(*TWO_TO_SEVEN, watched=True):
        cast = furnish()
        for header, value in ON_SITE.items():
            cast.stranger.client.defaults["HTTP_" + header.upper().replace("-", "_")] = value
        asked = reading()
        with ledger.opened() as book:
            for request in asked:
                client = cast.stranger_key if request.address.is_api else cast.stranger.client
                out, is_suspended = records_out(request, client, cast)
                if out:
                    leaks[str(request)] = out
                if not is_suspended:
                    unnoticed.append(str(request))
                book.restore()
                begin_anew(cast)

    assert len(asked) > 20
    assert [name for name, out in leaks.items() if out > 1] == []
    assert unnoticed == []
    REPORT.append(f"walls 2 to 7 away: {len(asked)} reading requests, {sum(leaks.values())} records out, all suspended")
