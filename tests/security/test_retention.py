"""Months of the trail go whole, after their time, and never before they are sealed and given out."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, ProgrammingError, transaction
from django.utils import timezone

from security.chain import partitions, sinks, tasks
from security.chain.models import RetiredPartition
from tests.security.chain import ask, needs_security_role, note, seal, tamper, with_security_role

pytestmark = [needs_security_role, with_security_role]
ENTRIES = "security_accessentry"


def month(ago: int) -> date:
    now = timezone.now()
    index = now.year * 12 + now.month - 1 - ago
    return date(index // 12, index % 12 + 1, 1)


def partition(ago: int) -> str:
    return f"{ENTRIES}_y{month(ago):%Y}m{month(ago):%m}"


@pytest.fixture
def old(tmp_path: Path, settings: Any) -> Any:
    """A month of 26 and one of 25 months ago, two entries in each, and one of today; the access log keeps 25."""
    settings.TRAIL_FOLDER = tmp_path / "trail"
    made = [partition(26), partition(25)]
    ids = note(5)
    for ago, pair in ((26, ids[:2]), (25, ids[2:4])):
        ask(f"SELECT walls.make_month('{ENTRIES}', '{month(ago)}')", alias="owner")
        at = datetime(month(ago).year, month(ago).month, 9, tzinfo=UTC)
        for one in pair:
            tamper(f"UPDATE {ENTRIES} SET at = '{at.isoformat()}' WHERE ids ? '{one}'")
    yield ids
    for name in made:
        ask(f"DROP TABLE IF EXISTS {name}", alias="owner")


def there(ago: int) -> bool:
    [(found,)] = ask(f"SELECT to_regclass('{partition(ago)}') IS NOT NULL")
    return bool(found)


def retire(**options: Any) -> str:
    said = io.StringIO()
    try:
        call_command("retire_trail", stdout=said, **options)
    except CommandError as error:
        return f"{said.getvalue()}\nexit {error.returncode}"
    return f"{said.getvalue()}\nexit 0"


def test_only_the_month_past_its_time_goes_once_sealed_and_given_out(old: list[str]) -> None:
    said = retire()
    assert "stays" in said
    assert "not sealed and given out" in said
    assert said.endswith("exit 1")
    seal()
    assert "not sealed and given out" in retire()
    sinks.give_out(now=timezone.now())

    assert "2 rows would be dropped" in retire(dry_run=True)
    assert there(26)
    assert "2 rows dropped" in retire()

    assert (there(26), there(25), there(0)) == (False, True, True)
    assert len(ask(f"SELECT 1 FROM {ENTRIES}")) == 3
    assert "Nothing is past its time." in retire()


def test_what_was_dropped_after_its_time_is_no_finding_and_what_else_is_missing_is(old: list[str]) -> None:
    seal()
    sinks.give_out(now=timezone.now())
    tasks.keep_trail()
    seal()
    sinks.give_out(now=timezone.now())
    said = io.StringIO()

    call_command("verify_audit", stdout=said)

    assert f"2 rows of {month(26):%Y-%m} of {ENTRIES} were dropped after their time." in said.getvalue()
    noted = RetiredPartition.objects.using("security").get()
    assert (noted.month, noted.row_count) == (month(26), 2)
    tamper(f"DELETE FROM {ENTRIES} WHERE at < now() - interval '1 month'")
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=said)
    assert said.getvalue().count("deleted:") == 2


def test_an_export_shows_by_a_sealed_row_what_was_dropped(old: list[str], tmp_path: Path) -> None:
    from security.chain import proof

    seal()
    sinks.give_out(now=timezone.now())
    retire()
    seal()
    call_command("export_trail", str(tmp_path / "taken"), stdout=io.StringIO())
    arguments = [str(tmp_path / "taken"), "--heads", str(tmp_path / "trail")]

    assert proof.main(arguments) == 0
    rows = tmp_path / "taken" / "rows.jsonl"
    kept = [line for line in rows.read_text().splitlines() if "retiredpartition" not in line]
    rows.write_text("\n".join(kept) + "\n")
    assert proof.main(arguments) == 1


def test_a_month_dropped_by_somebody_else_is_a_finding(old: list[str]) -> None:
    seal()
    ask(f"DROP TABLE {partition(26)}", alias="owner")
    said = io.StringIO()

    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=said)

    assert said.getvalue().count("deleted:") == 2


def test_a_note_of_a_young_month_excuses_nothing(old: list[str]) -> None:
    """Whoever owns the database can write such a note; it is seen."""
    seal()
    tamper(
        "INSERT INTO security_retiredpartition (id, at, parent, month, row_count)"
        f" VALUES (gen_random_uuid(), now(), '{ENTRIES}', '{month(0)}', 1)",
        "security_retiredpartition",
    )
    tamper(f"DELETE FROM {ENTRIES} WHERE at > now() - interval '1 day'")
    seal()
    said = io.StringIO()

    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=said)

    assert f"retired early: {month(0):%Y-%m} of {ENTRIES} was dropped" in said.getvalue()


@pytest.mark.parametrize(
    ("parent", "ago", "words"),
    [
        (ENTRIES, 0, "too young"),
        (ENTRIES, 3, "too young"),
        (ENTRIES, 40, "there is no"),
        ("accounts_user", 40, "no months of accounts_user"),
        ("security_sealedbatch", 40, "no months of"),
    ],
)
def test_the_database_itself_refuses_everything_else(parent: str, ago: int, words: str) -> None:
    with pytest.raises(DatabaseError, match=words), transaction.atomic(using="security"):
        ask("SELECT walls.retire_month(%s, %s, 1000000)", [parent, month(ago)])


def test_the_runtime_role_retires_nothing() -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        ask("SELECT walls.retire_month(%s, %s, 1)", [ENTRIES, month(40)], alias="default")


def test_what_the_caller_says_does_not_get_past_what_the_sinks_noted(old: list[str]) -> None:
    seal()

    with pytest.raises(DatabaseError, match="not sealed and given out"), transaction.atomic(using="security"):
        ask("SELECT walls.retire_month(%s, %s, 1000000)", [ENTRIES, month(26)])


def test_how_long_is_a_setting(old: list[str], settings: Any) -> None:
    settings.TRAIL_ACCESS_MONTHS = 24
    now = timezone.now()

    due = partitions.past_their_time(now=now)
    assert due == [(ENTRIES, month(26)), (ENTRIES, month(25))]
    settings.TRAIL_ACCESS_MONTHS = 26
    assert partitions.past_their_time(now=now) == []
    assert partitions.past_their_time(now=now + timedelta(days=62)) != []
