"""The evidence bundle proves itself, to a script that has never seen the site."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from security import evidence, exposure, scope, trail
from security.chain import keys, proof, sealer, sinks
from security.chain.models import SealedBatch
from security.trail import Action
from tests.security.chain import SETTLE_SECONDS, needs_security_role, note, seal, tamper, with_security_role

pytestmark = [needs_security_role, with_security_role]
ACTOR = f"user:{uuid4()}"


def act(count: int) -> list[str]:
    """Let the actor read, between the reading of others; return what he read."""
    ids = []
    for _ in range(count):
        note(2)
        ids.append(str(uuid4()))
        with scope.enter(scope.Scope(kind=scope.Kind.ACCOUNT, account_id=uuid4(), actor=ACTOR)):
            trail.record(action=Action.READ, kind="contact", ids=ids[-1:])
    return ids


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another suite's transaction on the same server may run for longer than a site's would."""
    monkeypatch.setattr(evidence, "WAIT_SECONDS", SETTLE_SECONDS)


def question() -> exposure.Question:
    now = timezone.now()
    return exposure.Question(since=now - timedelta(hours=1), until=now, actors=(ACTOR,))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    act(4)
    seal(rows_a_batch=5)
    act(2)
    path = tmp_path / "evidence.zip"
    with path.open("wb") as file:
        made = evidence.make(question(), file, now=timezone.now())
    assert (made.rows, made.summary.objects) == (6, {"contact": 6})
    assert made.batches >= 3
    note(1)
    return path


def check(path: Path, *more: str) -> tuple[int, str]:
    """Run the script as somebody without Django would, from another place than the bundle."""
    script = path.parent / "proof.py"
    script.write_text(Path(proof.__file__).read_text())
    command = [sys.executable, "-I", str(script), str(path), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=path.parent)
    return done.returncode, done.stdout + done.stderr


def mine() -> str:
    return b64encode(keys.signer().public).decode()


def test_a_genuine_bundle_is_whole(bundle: Path, tmp_path: Path) -> None:
    sinks.FileSink(tmp_path / "heads").write([sealer.as_proof(batch) for batch in _chain()])

    assert check(bundle)[0] == 0
    code, said = check(bundle, "--key", mine(), "--heads", str(tmp_path / "heads"))
    assert (code, "no findings" in said) == (0, True), said


def _chain() -> list[SealedBatch]:
    return list(SealedBatch.objects.using("security").order_by("number"))


def test_only_the_actors_entries_are_in_it_and_no_name(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as opened:
        rows = [json.loads(json.loads(line)["row"]) for line in opened.read("rows.jsonl").splitlines()]
        assert {row["actor"] for row in rows} == {ACTOR}
        assert opened.read("proof.py") == Path(proof.__file__).read_bytes()
        assert b"How to check it" in opened.read("README.txt")
        assert opened.testzip() is None


def rewritten(bundle: Path, change: Callable[[dict[str, bytes]], None], *, sign: keys.Signer | None = None) -> Path:
    """Write a bundle anew with some files changed, with the manifest that belongs to it where somebody signs it."""
    with zipfile.ZipFile(bundle) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    change(files)
    if sign:
        files.pop("manifest.sig")
        manifest = json.loads(files.pop("manifest.json"))
        manifest["files"] = {name: proof.sha256(data) for name, data in files.items()}
        files["manifest.json"] = json.dumps(manifest).encode()
        signature = b64encode(sign.sign(proof.BUNDLE_PURPOSE + files["manifest.json"])).decode()
        files["manifest.sig"] = json.dumps({"key": sign.key_id, "signature": signature}).encode()
    path = bundle.with_name("rewritten.zip")
    with zipfile.ZipFile(path, "w") as made:
        for name, data in files.items():
            made.writestr(name, data)
    return path


def drop_an_object(files: dict[str, bytes]) -> None:
    report = json.loads(files["report.json"])
    report["exposed"].pop()
    files["report.json"] = json.dumps(report).encode()


def edit_a_row(files: dict[str, bytes]) -> None:
    files["rows.jsonl"] = files["rows.jsonl"].replace(b"contact", b"account", 1)


def drop_a_row(files: dict[str, bytes]) -> None:
    files["rows.jsonl"] = b"".join(files["rows.jsonl"].splitlines(keepends=True)[1:])


def make_up_a_row(files: dict[str, bytes]) -> None:
    first, *rest = files["rows.jsonl"].splitlines(keepends=True)
    parts = json.loads(first)
    row = {**json.loads(parts["row"]), "id": str(uuid4())}
    files["rows.jsonl"] = first + json.dumps({**parts, "row": json.dumps(row)}).encode() + b"\n" + b"".join(rest)


def put_a_file_in(files: dict[str, bytes]) -> None:
    files["more.txt"] = b"and this"


def edit_the_manifest(files: dict[str, bytes]) -> None:
    files["manifest.json"] = files["manifest.json"].replace(b"made_at", b"made_of")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (drop_an_object, "report.json was changed."),
        (edit_a_row, "rows.jsonl was changed."),
        (put_a_file_in, "more.txt was put in."),
        (edit_the_manifest, "The signature of the bundle is wrong."),
    ],
)
def test_a_changed_file_is_named(bundle: Path, change: Callable[[dict[str, bytes]], None], words: str) -> None:
    code, said = check(rewritten(bundle, change), "--key", mine())

    assert (code, words in said) == (1, True), said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (drop_an_object, "report: The report does not follow from the entries."),
        (drop_a_row, "report: The report does not follow from the entries."),
        (edit_a_row, "was edited."),
        (make_up_a_row, "was put in among batch"),
    ],
)
def test_what_the_operator_changes_and_signs_again_is_named(
    bundle: Path, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    code, said = check(rewritten(bundle, change, sign=keys.signer()), "--key", mine())

    assert (code, words in said) == (1, True), said


def test_a_bundle_by_somebody_else_is_named(bundle: Path) -> None:
    other = keys.LocalSigner(b"o" * 32)

    code, said = check(rewritten(bundle, lambda files: None, sign=other), "--key", mine())

    assert (code, "The bundle is signed with the key" in said) == (1, True), said


def test_an_entry_edited_in_the_database_before_is_named(tmp_path: Path) -> None:
    act(1)
    seal()
    tamper(f"UPDATE security_accessentry SET source = '192.0.2.1' WHERE actor = '{ACTOR}'")
    path = tmp_path / "evidence.zip"
    with path.open("wb") as file:
        evidence.make(question(), file, now=timezone.now())

    code, said = check(path, "--key", mine())

    assert (code, "was edited" in said) == (1, True), said


def test_what_cannot_be_sealed_yet_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    act(1)
    monkeypatch.setattr(sealer, "seal", lambda horizon, *, now: iter(()))
    arguments = ["--actor", ACTOR, "--from", "2026-01-01", "--bundle", str(tmp_path / "evidence.zip")]

    with pytest.raises(CommandError, match="not sealed yet"):
        call_command("exposure_report", *arguments, stdout=io.StringIO())

    assert not (tmp_path / "evidence.zip").exists()


def test_the_time_must_be_over(tmp_path: Path) -> None:
    later = replace(question(), until=timezone.now() + timedelta(hours=1))

    with pytest.raises(ValueError, match="not over"), (tmp_path / "x").open("wb") as file:
        evidence.make(later, file, now=timezone.now())


def test_the_command_writes_a_bundle(tmp_path: Path) -> None:
    act(2)
    said, path = io.StringIO(), tmp_path / "evidence.zip"

    call_command("exposure_report", "--actor", ACTOR, "--from", "2026-01-01", "--bundle", str(path), stdout=said)

    assert "2 entries in 1 batches; 2 objects." in said.getvalue()
    assert check(path, "--key", mine())[0] == 0
    with pytest.raises(CommandError, match="there already"):
        call_command("exposure_report", "--actor", ACTOR, "--from", "2026-01-01", "--bundle", str(path))


def test_a_bundle_without_any_entry_is_one_too(tmp_path: Path) -> None:
    path = tmp_path / "evidence.zip"
    with path.open("wb") as file:
        made = evidence.make(question(), file, now=timezone.now())

    assert (made.rows, made.batches) == (0, 0)
    assert check(path, "--key", mine())[0] == 0
