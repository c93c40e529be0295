"""Each way of tampering with the trail is found and named, by the command and by the script that needs no site."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from security import alarms
from security.chain import keys, proof, sinks
from security.chain.models import SealedBatch
from tests.security.chain import ask, needs_security_role, note, seal, tamper, with_security_role

pytestmark = [needs_security_role, with_security_role]
BATCH = 10


@dataclass
class Sealed:
    """A trail of 35 entries and an event, in four batches, whose heads were given out."""

    folder: Path
    rows: list[str]  # the ids of the entries, in the order of the chain

    def command(self) -> str:
        """Run the command; return what it said, with its exit code."""
        said = io.StringIO()
        try:
            call_command("verify_audit", stdout=said, stderr=io.StringIO())
        except CommandError as error:
            return f"{said.getvalue()}\nexit {error.returncode}"
        return f"{said.getvalue()}\nexit 0"

    def script(self, taken: Path, *more: str) -> str:
        """Run the stand-alone script as somebody without Django would."""
        if not taken.exists():
            call_command("export_trail", str(taken), stdout=io.StringIO())
        command = [sys.executable, "-I", str(taken / "proof.py"), str(taken), "--heads", str(self.folder), *more]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=taken)
        assert not done.stderr, done.stderr
        return f"{done.stdout}\nexit {done.returncode}"


@pytest.fixture
def sealed(tmp_path: Path, settings: Any) -> Sealed:
    settings.TRAIL_FOLDER = tmp_path / "heads"
    note(35)
    alarms.note(kind="refused", data={"score": 1.50, "nothing": None})
    assert len(seal(rows_a_batch=BATCH)) == 4
    sinks.give_out(now=timezone.now())
    rows = [str(row[0]) for row in ask("SELECT id FROM security_accessentry ORDER BY pos")]
    return Sealed(tmp_path / "heads", rows)


def test_an_untouched_trail_has_no_findings(sealed: Sealed, tmp_path: Path) -> None:
    said, script = sealed.command(), sealed.script(tmp_path / "taken")

    for one in (said, script):
        assert "4 batches with 36 rows: no findings." in one
        assert one.endswith("exit 0")


def test_new_rows_and_batches_do_not_disturb(sealed: Sealed) -> None:
    note(3)
    assert sealed.command().endswith("exit 0")  # not sealed yet, and not late
    seal()
    assert sealed.command().endswith("exit 0")  # not given out yet


def edit(sealed: Sealed) -> list[str]:
    tamper(f"UPDATE security_accessentry SET actor = 'user:nobody' WHERE id = '{sealed.rows[17]}'")
    return [f"edited: security_accessentry row {sealed.rows[17]}", "of batch 2 was edited"]


def delete(sealed: Sealed) -> list[str]:
    tamper(f"DELETE FROM security_accessentry WHERE id = '{sealed.rows[12]}'")
    return [f"deleted: security_accessentry row {sealed.rows[12]}", "of batch 2 was deleted"]


def insert(sealed: Sealed) -> list[str]:
    new = "00000000-0000-4000-8000-000000000001"
    tamper(
        "INSERT INTO security_accessentry SELECT (jsonb_populate_record(e, "
        f"""'{{"id": "{new}", "actor": "user:framed"}}')).* FROM security_accessentry e"""
        f" WHERE id = '{sealed.rows[21]}'"
    )
    return [f"inserted: security_accessentry row {new}", "among batch 3"]


def reorder(sealed: Sealed) -> list[str]:
    one, other = sealed.rows[3], sealed.rows[6]
    tamper(
        "UPDATE security_accessentry e SET pos = o.pos FROM security_accessentry o "
        f"WHERE (e.id, o.id) IN (('{one}', '{other}'), ('{other}', '{one}'))"
    )
    return ["reordered: Rows of batch 1", one, other]


def move(sealed: Sealed) -> list[str]:
    """From one batch to another: gone here, too many there."""
    tamper(f"UPDATE security_accessentry SET pos = pos + 10 WHERE id = '{sealed.rows[3]}'")
    return [
        f"deleted: security_accessentry row {sealed.rows[3]}",
        f"inserted: security_accessentry row {sealed.rows[3]}",
    ]


def truncate(sealed: Sealed) -> list[str]:
    tamper("TRUNCATE security_accessentry")
    return ["truncated: All 10 rows of batch 1 are gone.", "truncated: All 10 rows of batch 2 are gone.", "deleted:"]


def backdate(sealed: Sealed) -> list[str]:
    tamper(f"UPDATE security_accessentry SET at = at - interval '1 second' WHERE id = '{sealed.rows[0]}'")
    return [f"edited: security_accessentry row {sealed.rows[0]}"]


def change_a_digit_in_an_event(sealed: Sealed) -> list[str]:
    tamper("UPDATE security_securityevent SET data = jsonb_set(data, '{score}', '1.50')", "security_securityevent")
    return ["edited: security_securityevent row"]


def cut_rows_and_chain(sealed: Sealed) -> list[str]:
    """Put everything back to an earlier moment: the chain is whole, only what was given out knows better."""
    upto = SealedBatch.objects.using("security").get(number=2).upto
    tamper(f"DELETE FROM security_accessentry WHERE pos > {upto}")
    tamper("TRUNCATE security_securityevent", "security_securityevent")
    tamper("DELETE FROM security_sealedbatch WHERE number > 2", "security_sealedbatch")
    return ["chain cut: The chain ends with batch 2, but heads up to 4"]


def take_a_batch_out(sealed: Sealed) -> list[str]:
    tamper("DELETE FROM security_sealedbatch WHERE number = 3", "security_sealedbatch")
    return ["batch missing: Batch 3 is missing before batch 4."]


def edit_a_batch(sealed: Sealed) -> list[str]:
    tamper(
        "UPDATE security_sealedbatch SET made_at = made_at - interval '1 day' WHERE number = 2", "security_sealedbatch"
    )
    return ["batch edited: The record of batch 2", "signature: The signature of batch 2 is wrong."]


def edit_the_leaves(sealed: Sealed) -> list[str]:
    tamper("UPDATE security_sealedbatch SET leaves = set_byte(leaves, 60, 7) WHERE number = 2", "security_sealedbatch")
    return ["batch edited: The list of rows of batch 2 was edited."]


def empty_everything(sealed: Sealed) -> list[str]:
    tables = ("security_accessentry", "security_securityevent", "security_sealedbatch")
    tamper(f"TRUNCATE {', '.join(tables)}", *tables)
    return ["chain cut: The chain ends with batch 0, but heads up to 4"]


TAMPERINGS = [
    edit, delete, insert, reorder, move, truncate, backdate, change_a_digit_in_an_event, cut_rows_and_chain,
    take_a_batch_out, edit_a_batch, edit_the_leaves, empty_everything,
]  # fmt: skip


@pytest.mark.parametrize("meddle", TAMPERINGS, ids=lambda one: one.__name__)
def test_tampering_is_found_and_named(sealed: Sealed, tmp_path: Path, meddle: Callable[[Sealed], list[str]]) -> None:
    wanted = meddle(sealed)

    for said in (sealed.command(), sealed.script(tmp_path / "taken")):
        assert all(words in said for words in wanted), said
        assert said.endswith("exit 1")


def test_only_what_was_tampered_with_is_named(sealed: Sealed) -> None:
    edit(sealed)

    assert ": 1 findings." in sealed.command()


def test_a_chain_written_anew_with_the_sites_own_key_differs_from_what_was_given_out(
    sealed: Sealed, tmp_path: Path
) -> None:
    """Whoever has the key too, and the whole database, can make a chain that fits in itself."""
    tamper("DELETE FROM security_sealedbatch", "security_sealedbatch")
    tamper(f"DELETE FROM security_accessentry WHERE id = '{sealed.rows[5]}'")
    seal(rows_a_batch=BATCH)

    for said in (sealed.command(), sealed.script(tmp_path / "taken")):
        assert "other head: Batch 1 is another one than the head that was given out." in said
        assert said.endswith("exit 1")
    assert "findings" in sealed.command()


def test_a_batch_signed_by_somebody_else_is_named(
    sealed: Sealed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = keys.LocalSigner(b"o" * 32)
    note(1)
    with monkeypatch.context() as patch:
        patch.setattr(keys, "signer", lambda: other)
        seal()

    said = sealed.command()
    mine = b64encode(keys.signer().public).decode()
    script = sealed.script(tmp_path / "taken", "--key", mine)

    for one in (said, script):
        assert f"unknown key: Batch 5 is signed with the key {other.key_id}, which is unknown." in one
    settings.ECSHIP_SEAL_OLD_KEYS = [b64encode(other.public).decode()]
    try:
        assert sealed.command().endswith("exit 0")
    finally:
        settings.ECSHIP_SEAL_OLD_KEYS = []


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_lines_moved_dropped_or_edited_in_the_files_are_found(sealed: Sealed, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    sealed.script(taken)
    rows = taken / "rows.jsonl"
    whole = lines(rows)

    def said_of(changed: list[str]) -> str:
        rows.write_text("\n".join(changed) + "\n")
        return sealed.script(taken)

    assert "reordered: Rows of batch 1" in said_of([whole[1], whole[0], *whole[2:]])
    assert "deleted:" in said_of(whole[:-1])
    assert "deleted:" in said_of(whole[:20] + whole[21:])
    assert "stands in the trail 2 times" in said_of([whole[0], *whole])
    parts = json.loads(whole[4])
    parts["row"] = parts["row"].replace("contact", "shipmnt")
    assert "edited:" in said_of([*whole[:4], json.dumps(parts), *whole[5:]])
    assert said_of(whole).endswith("exit 0")


def test_a_gap_in_the_heads_is_seen(sealed: Sealed) -> None:
    [file] = proof.heads_of(sealed.folder)
    one, _two, *rest = lines(file)
    file.write_text("\n".join([one, *rest]) + "\n")

    assert "heads missing: The heads 2 to 2 were not given out." in sealed.command()


def test_an_edited_file_of_heads_is_told_from_an_edited_chain(sealed: Sealed) -> None:
    [file] = proof.heads_of(sealed.folder)
    file.write_text(file.read_text().replace('"count":10', '"count":11', 1))
    text = file.read_text().splitlines()
    edited = json.loads(text[0])
    edited["head"] = "ab" * 32
    file.write_text("\n".join([json.dumps(edited), *text[1:]]) + "\n")

    assert "which is not signed by a known key: the file may be edited" in sealed.command()


def test_what_never_can_be_sealed_is_named(sealed: Sealed) -> None:
    tamper(
        "UPDATE security_accessentry SET pos = CASE WHEN id = '{}' THEN 0 ELSE pos + 1000000 END,"
        " at = at - interval '3 minutes' WHERE id IN ('{}', '{}')".format(sealed.rows[0], *sealed.rows[:2])
    )

    said = sealed.command()

    assert "inserted: 1 rows of security_accessentry stand before the chain." in said
    assert "unsealed: 1 rows of security_accessentry have waited for long" in said


def test_without_heads_it_says_what_it_cannot_see(sealed: Sealed, settings: Any, tmp_path: Path) -> None:
    settings.TRAIL_FOLDER = tmp_path / "none"

    assert "Compared with no heads that were given out" in sealed.command()
    with pytest.raises(CommandError, match="There is no"):
        call_command("verify_audit", heads=[tmp_path / "gone"])


def test_a_torn_or_foreign_file_cannot_be_read(sealed: Sealed, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    sealed.script(taken)
    (taken / "rows.jsonl").write_text("{}\n")

    command = [sys.executable, "-I", str(taken / "proof.py"), str(taken)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "cannot be read" in done.stderr
