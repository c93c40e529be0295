"""The simulator against a server that runs: on this machine alone, bounded, and it says what a client saw."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from security.detection import stream
from security.detection.signal import Signal
from security.detection.simulation import live
from tests.security.watching import DATABASES, settle

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=[*DATABASES, "owner"]),
    pytest.mark.skipif("security" not in connections, reason="DATABASE_SECURITY_URL is not given"),
]
ELSEWHERE = [
    "http://192.0.2.1/", "https://[2001:db8::1]/", "http://0.0.0.0:8000/", "http://localhost.invalid/", "http:///x",
    "file:///etc/passwd", "ftp://127.0.0.1/", "http://127.0.0.1@192.0.2.1/", "http://me@127.0.0.1/", "127.0.0.1:8000",
    "",
]  # fmt: skip


def test_no_other_machine_is_asked() -> None:
    for address in ELSEWHERE:
        with pytest.raises(live.NotLoopback):
            live.target(address)
        if address:
            with pytest.raises(CommandError, match="loopback"):
                call_command("simulate", f"--against={address}")

    assert live.target("http://127.0.0.1:8000/en/") == "http://127.0.0.1:8000"
    assert live.target("http://[::1]:8000") == "http://[::1]:8000"


def test_a_player_works_and_steals_nothing(live_server: Any) -> None:
    (cast,) = live.CAST
    victim = cast.make(name="victim", by="key")
    for by in ("key", "session"):
        player = cast.make(name="thief", by=by)
        client = live.Client(live.target(live_server.url), player)

        own = [client.get(player.lists), client.get(player.read(player.contacts[0]), is_foreign=True)]
        foreign = client.get(player.read(victim.contacts[0]), is_foreign=True)

        assert (own, foreign) == ([200, 200], 404)
        assert client.seen.records_out == 1, "one's own is seen in the answer, so another's would be"


@pytest.mark.nightly
def test_a_running_server_lets_nothing_out_and_stops_whoever_steals(
    live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = stream.STREAM.put

    def put_and_judge(signal: Signal) -> None:
        put(signal)
        settle()

    monkeypatch.setattr(stream.STREAM, "put", put_and_judge)
    monkeypatch.setattr(live, "CALM", 0.3)
    outcome = live.run(live.target(live_server.url), people=2, seconds=60)

    assert outcome.failures() == []
    assert all(one.statuses.get(200) for one in [*outcome.thieves, *outcome.ordinary])
    assert all(one.statuses.get(404) for one in outcome.guessers)


def test_what_came_out_is_said() -> None:
    player = live.Player("thief", {}, UUID(int=0), str, "/", ())
    stolen, calm = live.Seen(player, records_out=2, after_refused=1), live.Seen(player, slowed=1.0)

    failures = live.Outcome([stolen], [live.Seen(player)], [calm], 1.0).failures()

    assert len(failures) == 5
