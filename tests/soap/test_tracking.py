"""Where an item is, by SOAP: what the public pages say, and no more."""

from __future__ import annotations

import pytest

from ecship.soap.tracking import STATUS_OF
from security.limits import Limit
from tests.soap.speaking import Program
from tests.tracking.journeys import NUMBER, UNKNOWN, record
from tracking import limits
from tracking.events import State

pytestmark = pytest.mark.django_db


def test_the_state_is_the_latest_events(program: Program) -> None:
    record("EMA", hours=-4)
    record("EMI", hours=2)
    assert program.call("getMTTInfo", {"itemNo": f" {NUMBER.lower()} "}) == {
        "errMessage": "", "status": "0", "trackingDate": "2026-03-27 22:00", "ttStatus": "5",
    }  # fmt: skip
    assert set(STATUS_OF) == set(State)


def test_the_events_come_in_the_language_that_was_asked_for(program: Program) -> None:
    record("EMC", hours=1)
    record("EMA")
    said = {}
    for language in ("E", "C", "S", "zh_TW", ""):
        infos = program.call("getTTInfo", {"itemNo": NUMBER, "language": language})["trackingInfos"]
        assert [list(info) for info in infos] == [["itemNo", "date", "detail"]] * 2
        said[language] = [info["detail"] for info in infos]
    assert said[""] == said["E"] == ["Posted or collected HKHKGA", "Left outward office of exchange HKHKGA"]
    assert said["C"] == said["zh_TW"]
    assert len({tuple(words) for words in said.values()}) == 3


@pytest.mark.parametrize("name", ["getMTTInfo", "getTTInfo"])
def test_unknown_without_events_and_malformed_are_one(program: Program, name: str) -> None:
    answers = [program.call(name, {"itemNo": number}) for number in (UNKNOWN, "RB000000000HK", "x", "")]
    assert answers[0]["status"] == "11"
    assert all(answer == answers[0] for answer in answers)


def test_look_ups_are_counted_as_those_of_pages(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOOKUPS", Limit("tracking", items=1, seconds=60))
    assert program.call("getMTTInfo", {"itemNo": NUMBER})["status"] == "11"
    assert program.call("getMTTInfo", {"itemNo": NUMBER})["status"] == "13"
