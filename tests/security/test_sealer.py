"""The sealer: nothing is missed, nothing forks, nothing half is left, whoever writes meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import ProgrammingError, connections, transaction
from django.db.utils import IntegrityError
from django.utils import timezone

from security import alarms, scope, trail
from security.chain import keys, proof, sealer, sealing_loop, tables
from security.chain.models import SealedBatch, SealKey
from security.models import SecurityEvent
from security.trail import Action
from tests.security.chain import ask, needs_security_role, note, seal, with_security_role

pytestmark = [needs_security_role, with_security_role]
WRITERS, ROWS = 8, 500


def sealed_ids() -> list[str]:
    """Return the ids of all rows that are chained, in the chain's order."""
    ids = []
    for batch in SealedBatch.objects.using("security").order_by("number"):
        leaves = bytes(batch.leaves)
        ids += [leaves[at + 4 : at + 20].hex() for at in range(0, len(leaves), proof.LEAF.size)]
    return ids


def stored_ids() -> list[str]:
    rows = ask(
        "SELECT id, pos FROM security_accessentry UNION ALL SELECT id, pos FROM security_securityevent ORDER BY 2"
    )
    return [row[0].hex for row in rows]


def test_committed_rows_are_chained_signed_and_linked() -> None:
    note(5)
    first = seal(rows_a_batch=3)
    alarms.note(kind="refused")
    [third] = seal()

    one, two = (sealer.as_proof(batch, with_leaves=True) for batch in first)
    assert [one.count, two.count, third.count] == [3, 2, 1]
    assert one.previous == proof.NO_HEAD
    assert (two.previous, two.after) == (one.head, one.upto)
    assert bytes(third.previous).hex() == two.head
    assert proof.is_signed(keys.trusted()[one.key], one.signature, one.signed_text())
    assert SealKey.objects.using("security").get().public == keys.signer().public
    assert sealed_ids() == stored_ids()
    assert seal() == []


def write_some(number: int) -> None:
    """Write rows in transactions of 1 to 5, some of which are rolled back, some slow."""
    account = uuid4()
    try:
        done = 0
        while done < ROWS:
            size = min(1 + (done + number) % 5, ROWS - done)
            with scope.account(account_id=account):
                for _ in range(size):
                    trail.record(action=Action.READ, kind="contact", ids=[uuid4()])
                if done % 50 == 0:
                    time.sleep(0.005)  # others overtake this transaction
            if done % 40 == 0:
                with scope.account(account_id=account):
                    trail.record(action=Action.READ, kind="contact", ids=[uuid4()])
                    transaction.set_rollback(True)
            done += size
    finally:
        connections.close_all()


def seal_until(stop: threading.Event, every: float) -> int:
    """Seal as a worker does; two of these run at once, which the lock keeps apart."""
    horizon, made = sealer.Horizon(), 0
    try:
        while True:
            is_last = stop.is_set()
            made += len(list(sealer.seal(horizon, now=timezone.now(), rows_a_batch=97)))
            if is_last:
                return made
            time.sleep(every)
    finally:
        connections.close_all()


def test_4000_rows_by_8_writers_are_sealed_without_fork_and_none_is_missed() -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(WRITERS + 2) as pool:
        sealers = [pool.submit(seal_until, stop, every) for every in (0.01, 0.03)]
        writers = [pool.submit(write_some, number) for number in range(WRITERS)]
        for writer in writers:
            writer.result()
        stop.set()
        batches = sum(done.result() for done in sealers)
    seal()

    ids = sealed_ids()
    assert len(ids) == WRITERS * ROWS == 4000
    assert ids == stored_ids()  # each once, in the order of their places
    chain = list(SealedBatch.objects.using("security").order_by("number"))
    assert [batch.number for batch in chain] == list(range(1, len(chain) + 1))
    assert all(bytes(later.previous) == bytes(batch.head) for batch, later in pairwise(chain))
    assert batches > 20, "the sealers were too late to meet any writer"


def test_a_row_that_commits_late_is_not_passed_over() -> None:
    """A transaction took its place first and commits last: everything behind it waits."""
    account, horizon = uuid4(), sealer.Horizon()
    took, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        try:
            with scope.account(account_id=account):
                trail.record(action=Action.READ, kind="contact", ids=[uuid4()])
                ask("SELECT 1", alias="default")  # the entry travels with the next statement
                took.set()
                go_on.wait(20)
        finally:
            connections.close_all()

    writer = threading.Thread(target=slowly)
    writer.start()
    took.wait(20)
    note(3)
    while_it_writes = seal(horizon=horizon)
    go_on.set()
    writer.join()

    [batch] = seal(horizon=horizon)
    assert while_it_writes == []
    assert batch.count == 4
    assert sealed_ids() == stored_ids()


def test_sealing_at_the_last_place_alone_would_miss_it() -> None:
    """The same, with a sealer that does not wait: it proves that the test above can fail."""

    class Hasty(sealer.Horizon):
        def advance(self, *, patience: float = 0) -> int:
            [(place,)] = ask("SELECT last_value FROM security_trail_place")
            return int(place)

    took, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        try:
            with scope.account(account_id=uuid4()):
                trail.record(action=Action.READ, kind="contact", ids=[uuid4()])
                ask("SELECT 1", alias="default")  # the entry travels with the next statement
                took.set()
                go_on.wait(20)
        finally:
            connections.close_all()

    writer = threading.Thread(target=slowly)
    writer.start()
    took.wait(20)
    note(3)
    seal(horizon=Hasty())
    go_on.set()
    writer.join()
    seal(horizon=Hasty())

    assert len(sealed_ids()) == 3
    assert len(stored_ids()) == 4


def test_while_another_process_seals_nothing_is_done() -> None:
    note(1)
    with ThreadPoolExecutor(1) as pool, transaction.atomic(using="security"):
        ask(f"SELECT pg_advisory_xact_lock({sealer.LOCK})")
        assert pool.submit(_seal_and_close).result() == 0
    assert len(seal()) == 1


def _seal_and_close() -> int:
    try:
        return len(seal())
    finally:
        connections.close_all()


def _seal_and_hang(name: str, halfway: multiprocessing.synchronize.Event) -> None:
    """In a process of its own: seal, and stop for ever after the batch was written, before it is committed."""
    for alias in connections:
        connections[alias].settings_dict["NAME"] = name
    write = sealer._write

    def hang(*args: object, **options: object) -> SealedBatch:
        batch = write(*args, **options)  # type: ignore[arg-type]
        halfway.set()
        time.sleep(60)
        return batch

    sealer._write = hang
    seal(rows_a_batch=10)


def test_a_sealer_killed_in_the_middle_leaves_nothing_half() -> None:
    note(25)
    for alias in connections:
        connections[alias].close()
    fork = multiprocessing.get_context("fork")
    halfway = fork.Event()
    process = fork.Process(target=_seal_and_hang, args=(settings.DATABASES["security"]["NAME"], halfway))
    process.start()
    assert halfway.wait(30)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()

    assert not SealedBatch.objects.using("security").exists()
    until = time.monotonic() + 20
    while not (batches := seal(rows_a_batch=10)) and time.monotonic() < until:
        time.sleep(0.05)  # the server has yet to notice that its client is gone
    assert [batch.count for batch in batches] == [10, 10, 5]
    assert sealed_ids() == stored_ids()


def test_the_database_itself_lets_no_fork_in() -> None:
    note(1)
    [batch] = seal()
    batch.number, batch._state.adding = 2, True

    with pytest.raises(IntegrityError, match="sealed_batch_no_fork"), transaction.atomic(using="security"):
        batch.save(using="security", force_insert=True)


@pytest.mark.parametrize("table", ["security_sealedbatch", "security_sealkey", "security_retiredpartition"])
def test_links_are_added_and_never_changed(table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}", f"UPDATE {table} SET at = now()"):
        with pytest.raises(ProgrammingError), transaction.atomic(using="security"):
            ask(statement)


@pytest.mark.parametrize("table", ["sealedbatch", "sealkey", "sealsink", "retiredpartition"])
def test_the_runtime_role_reaches_none_of_it(table: str) -> None:
    for statement in (f"SELECT * FROM security_{table}", f"INSERT INTO security_{table} DEFAULT VALUES"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            ask(statement, alias="default")


def test_the_security_role_changes_no_row_of_the_trail() -> None:
    for statement in ("UPDATE security_accessentry SET kind = 'x'", "DELETE FROM security_securityevent"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(using="security"):
            ask(statement)


def test_rows_that_wait_for_long_raise_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing_loop, "_last_alarm", [])
    monkeypatch.setattr(sealing_loop, "_horizon", Stuck())
    note(1)
    later = timezone.now() + timedelta(seconds=sealer.LATE_SECONDS + 1)

    sealing_loop.run_once(now=timezone.now())
    assert not SecurityEvent.objects.using("security").exists()
    sealing_loop.run_once(now=later)
    sealing_loop.run_once(now=later)

    assert SecurityEvent.objects.using("security").filter(kind="trail_late").count() == 1


class Stuck(sealer.Horizon):
    def advance(self, *, patience: float = 0) -> int:
        return 0


def test_a_new_key_goes_on_with_the_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    note(1)
    [first] = seal()
    old = keys.signer().public
    other = keys.LocalSigner(b"k" * 32)
    monkeypatch.setattr(keys, "signer", lambda: other)
    note(1)
    [second] = seal()

    assert (first.key_id, second.key_id) == (proof.key_id(old), other.key_id)
    assert bytes(second.previous) == bytes(first.head)
    assert SealKey.objects.using("security").count() == 2


def test_a_table_is_chained_under_a_code_of_its_own() -> None:
    with pytest.raises(ValueError, match="taken"):
        tables.chain(tables.ChainedTable("somebody_elses", 1, ("id", "at")))
    codes = [table.code for table in tables.tables_of(1)]
    assert codes[:3] == [1, 2, 3]
    assert len(codes) == len(set(codes))
