"""Heads leave the database for two places, at least once, and what goes wrong there is seen."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from security.chain import proof, sealing_loop, sinks, tasks
from security.chain.models import SealedBatch, SealSink
from security.logs import JsonFormatter
from security.models import SecurityEvent
from tests.security.chain import needs_security_role, note, seal, settled, tamper, with_security_role

pytestmark = [needs_security_role, with_security_role]


@pytest.fixture
def folder(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sinks, "_alarmed", {})
    settings.TRAIL_FOLDER = tmp_path / "trail"
    return tmp_path / "trail"


def numbers(folder: Path) -> list[int]:
    return [head.number for head in proof.read_heads(proof.lines_of(proof.heads_of(folder)))]


def alarms() -> list[str]:
    return sorted(SecurityEvent.objects.using("security").values_list("kind", flat=True))


def sealed(batches: int) -> None:
    note(batches)
    assert len(seal(rows_a_batch=1)) == batches


def test_each_head_goes_to_the_file_and_to_the_log(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    sealed(3)

    with caplog.at_level(logging.INFO, logger="security.trail"):
        given = sinks.give_out(now=timezone.now())

    said = [json.loads(JsonFormatter().format(record)) for record in caplog.records if record.msg == "trail head"]
    assert given == 6
    assert numbers(folder) == [1, 2, 3]
    assert [json.loads(line["head"])["number"] for line in said] == [1, 2, 3]
    assert sinks.given_out() == 3
    assert sinks.give_out(now=timezone.now()) == 0
    assert not list(proof.gaps(proof.read_heads(proof.lines_of(proof.heads_of(folder)))))


def test_the_task_seals_and_gives_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(2)
    monkeypatch.setattr(sealing_loop, "_horizon", settled())

    tasks.seal_trail()

    assert numbers(folder) == [1]
    assert SealedBatch.objects.using("security").get().count == 2


def test_a_process_of_its_own_goes_on_until_ended(folder: Path) -> None:
    said: list[str] = []
    note(2)

    sealing_loop.run(every=0.01, say=said.append, until=lambda: bool(said))

    assert said == ["2 rows in 1 batches"]


def test_after_a_crash_between_writing_and_remembering_none_is_lost(folder: Path) -> None:
    sealed(2)
    sinks.give_out(now=timezone.now())
    SealSink.objects.using("security").update(number=1)

    sealed_more = note(1) and seal()
    sinks.give_out(now=timezone.now())

    assert len(sealed_more) == 1
    assert numbers(folder) == [1, 2, 3]  # the file itself says how far it is
    assert alarms() == []


def test_a_line_that_a_crash_cut_off_follows_again_whole(folder: Path) -> None:
    sealed(2)
    sinks.give_out(now=timezone.now())
    [file] = proof.heads_of(folder)
    whole = file.read_bytes()
    file.write_bytes(whole[:-40])
    SealSink.objects.using("security").filter(name="file").update(number=1)

    sinks.give_out(now=timezone.now())

    assert numbers(folder) == [1, 2]
    assert file.read_bytes().endswith(b"\n")
    assert alarms() == []


def test_a_file_that_was_cut_or_lost_is_filled_again_with_one_alarm(folder: Path) -> None:
    sealed(3)
    sinks.give_out(now=timezone.now())
    proof.heads_of(folder)[0].unlink()

    sinks.give_out(now=timezone.now())
    sinks.give_out(now=timezone.now())

    assert numbers(folder) == [1, 2, 3]
    assert alarms() == ["trail_file_cut"]


def test_a_chain_put_back_is_an_alarm_and_nothing_is_added(folder: Path) -> None:
    sealed(3)
    sinks.give_out(now=timezone.now())
    tamper("DELETE FROM security_sealedbatch WHERE number > 1", "security_sealedbatch")
    tamper("DELETE FROM security_accessentry")
    sealed(1)

    sinks.give_out(now=timezone.now())
    sinks.give_out(now=timezone.now())

    assert numbers(folder) == [1, 2, 3]
    assert alarms() == ["trail_rolled_back"]


def test_a_folder_that_cannot_be_written_stops_the_log_not(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder.write_text("a file where the folder should be")
    sealed(1)

    with caplog.at_level(logging.INFO, logger="security.trail"):
        sinks.give_out(now=timezone.now())

    assert alarms() == ["trail_sink"]
    assert [record.msg for record in caplog.records if record.name == "security.trail"][-1] == "trail head"
    assert sinks.given_out() == 0


def test_rows_are_given_out_too_where_it_is_set(folder: Path, settings: Any) -> None:
    settings.TRAIL_ROWS = True
    note(3)
    seal()

    sinks.give_out(now=timezone.now())

    [file] = folder.glob("rows-*.jsonl")
    rows = [json.loads(json.loads(line)["row"]) for line in file.read_text().splitlines()]
    assert len(rows) == 3
    assert {row["table"] for row in rows} == {"security_accessentry"}
    assert all("pos" not in row for row in rows)
