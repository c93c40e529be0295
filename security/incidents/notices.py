"""Notices to all whom an exposure report names: drafted, tried dry, approved by a second person, queued, stopped.

All of it runs as the security role; sending does not (`incidents.sending`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Count, Max
from django.utils import translation
from django.utils.translation import gettext

from security import scope
from security.detection.models import Decoy
from security.incidents import exposure, letters, registry, texts, timeline
from security.incidents.letters import Letter
from security.incidents.models import (
    ALIAS,
    ExposedAccount,
    Exposure,
    Incident,
    IncidentEvent,
    Notice,
    NoticeMail,
    NoticeRun,
    NoticeText,
    State,
)
from security.incidents.texts import Texts

BATCH = 1_000  # accounts in one transaction
Kind = IncidentEvent.Kind


class WrongState(Exception):
    """The run, or its incident, is not where this can be done."""


class SamePerson(Exception):
    """Whoever asks for approval does not approve."""


class NobodyAffected(Exception):
    """The report names no account: there is nobody to tell."""


@dataclass
class DryRun:
    """Whom a run would reach. `without` are accounts that have nobody to write to."""

    accounts: int = 0
    recipients: int = 0
    without: int = 0
    languages: dict[str, int] = field(default_factory=dict)
    objects: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How many mails of a run are in which state, and when one was tried last."""

    states: dict[str, int]
    tried_at: datetime | None

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def open(self) -> int:
        return self.states.get(NoticeMail.State.WAITING, 0) + self.states.get(NoticeMail.State.HELD, 0)

    @property
    def percent(self) -> int:
        return 100 * (self.total - self.open) // self.total if self.total else 0


def draft(*, incident: Incident, report: Exposure, by: UUID, now: datetime) -> NoticeRun:
    """Begin a run with our own texts, and count whom it would reach. Raises WrongState, NobodyAffected."""
    if incident.state != State.NOTIFY or report.incident_id != incident.pk:
        raise WrongState
    if not report.counts["accounts"]:
        raise NobodyAffected
    counts = asdict(dry_run(report))
    with transaction.atomic(using=ALIAS):
        run = NoticeRun.objects.using(ALIAS).create(
            incident_id=incident.pk,
            exposure_id=report.pk,
            texts=texts.defaults(),
            counts=counts,
            made_at=now,
            made_by=by,
        )
        data = {"report": report.version, "accounts": counts["accounts"], "recipients": counts["recipients"]}
        timeline.add(incident, Kind.DRAFTED, by=by, now=now, data=data)
    return run


def dry_run(report: Exposure) -> DryRun:
    """Count whom notices of a report would reach; nobody is written to, and nothing is kept."""
    found, languages = DryRun(objects=report.counts["objects"]), Counter[str]()
    for rows in _batches(exposure.rows_of(report)):
        accounts = _without_decoys(rows)
        with scope.identity():
            owners = registry.people().owners(accounts)
            spoken = registry.people().languages([user for users in owners.values() for user in users])
        found.accounts += len(accounts)
        found.without += len(accounts) - len(owners)
        for users in owners.values():
            found.recipients += len(users)
            languages.update(spoken.get(user, "") for user in users)
    found.languages = dict(languages)
    return found


def sample(run: NoticeRun, *, language: str) -> Letter | None:
    """Write the notice of one account as it would go, but for the account's name: staff do not see it."""
    rows = ExposedAccount.objects.using(ALIAS).filter(exposure_id=run.exposure_id).order_by("account_id")
    if (row := rows.first()) is None:
        return None
    with translation.override(language):
        hidden = gettext("(name of the account)")
    parts = run.texts[language]
    return letters.write(language, parts, row.findings, account_name=hidden, notice_id=_notice_id(run, row.account_id))


def change_texts(*, run: NoticeRun, changed: Texts) -> NoticeRun:
    """Keep other texts. Raises BadTexts, WrongState."""
    texts.check(changed)
    with _locked(run, NoticeRun.State.DRAFT) as held:
        held.texts = {language: {part: changed[language][part] for part in texts.PARTS} for language in changed}
        held.save(using=ALIAS, update_fields=["texts"])
        return held


def ask(*, run: NoticeRun, by: UUID, now: datetime) -> NoticeRun:
    """Ask a second person to approve the run. Raises BadTexts, WrongState."""
    with _locked(run, NoticeRun.State.DRAFT) as held:
        texts.check(held.texts)
        held.state, held.asked_at, held.asked_by = NoticeRun.State.ASKED, now, by
        held.save(using=ALIAS, update_fields=["state", "asked_at", "asked_by"])
        _tell(held, Kind.ASKED, by=by, now=now)
        return held


def take_back(*, run: NoticeRun, by: UUID, now: datetime) -> NoticeRun:
    """Take back that approval was asked for, to change the texts; anybody may, also who would approve."""
    with _locked(run, NoticeRun.State.ASKED) as held:
        held.state, held.asked_at, held.asked_by = NoticeRun.State.DRAFT, None, None
        held.save(using=ALIAS, update_fields=["state", "asked_at", "asked_by"])
        _tell(held, Kind.DRAFTED, by=by, now=now)
        return held


def approve(*, run: NoticeRun, by: UUID, now: datetime) -> NoticeRun:
    """Approve a run, which is then queued and sent. Raises SamePerson, WrongState."""
    from security.incidents import tasks

    with _locked(run, NoticeRun.State.ASKED) as held:
        if by == held.asked_by:
            raise SamePerson
        held.state, held.approved_at, held.approved_by = NoticeRun.State.QUEUEING, now, by
        held.touched_at = now
        held.save(using=ALIAS, update_fields=["state", "approved_at", "approved_by", "touched_at"])
        said = [NoticeText(run_id=held.pk, language=language, parts=held.texts[language]) for language in held.texts]
        NoticeText.objects.using(ALIAS).bulk_create(said)
        _tell(held, Kind.APPROVED, by=by, now=now)
        transaction.on_commit(lambda: tasks.start(held.pk), using=ALIAS, robust=True)
        return held


def queue_some(run: NoticeRun, *, now: datetime) -> int | None:
    """Make the notices and mails of the next accounts; return how many mails, None when none were left to make.

    One transaction, locked by the run: two workers at once make nothing twice, a killed one leaves nothing half done.
    """
    with _locked(run, NoticeRun.State.QUEUEING) as held:
        # UUIDs have no maximum in PostgreSQL 15.
        made = Notice._base_manager.using(ALIAS).filter(run_id=held.pk).order_by("-account_id")
        last = made.values_list("account_id", flat=True).first()
        rows = ExposedAccount.objects.using(ALIAS).filter(exposure_id=held.exposure_id).order_by("account_id")
        found = list((rows.filter(account_id__gt=last) if last else rows)[:BATCH])
        mails = _mails_for(held, found, now=now)
        notices = [
            Notice(
                pk=_notice_id(held, row.account_id),
                account_id=row.account_id,
                run_id=held.pk,
                at=now,
                findings=row.findings,
            )
            for row in found
        ]
        Notice._base_manager.using(ALIAS).bulk_create(notices)
        NoticeMail.objects.using(ALIAS).bulk_create(mails)
        held.touched_at = now
        held.state = NoticeRun.State.QUEUEING if found else NoticeRun.State.SENDING
        held.save(using=ALIAS, update_fields=["touched_at", "state"])
        return len(mails) if found else None


def stop(*, run: NoticeRun, by: UUID, now: datetime, words: str) -> NoticeRun:
    """Hold back all mails that have not gone. Raises WrongState."""
    return _turn(run, NoticeRun.State.SENDING, NoticeRun.State.STOPPED, by=by, now=now, words=words)


def resume(*, run: NoticeRun, by: UUID, now: datetime, words: str = "") -> NoticeRun:
    """Send on what was held back. Raises WrongState."""
    return _turn(run, NoticeRun.State.STOPPED, NoticeRun.State.SENDING, by=by, now=now, words=words)


def try_again(*, run: NoticeRun, by: UUID, now: datetime) -> int:
    """Try mails that were given up once more; return how many. Raises WrongState."""
    with _locked(run, NoticeRun.State.DONE, NoticeRun.State.SENDING) as held:
        failed = NoticeMail.objects.using(ALIAS).filter(run_id=held.pk, state=NoticeMail.State.FAILED)
        count = failed.update(state=NoticeMail.State.WAITING, attempts=0, due_at=now)
        held.state, held.finished_at = NoticeRun.State.SENDING, None
        held.save(using=ALIAS, update_fields=["state", "finished_at"])
        _tell(held, Kind.RESUMED, by=by, now=now, data={"mails": count})
        return count


def finish(run: NoticeRun, *, now: datetime) -> bool:
    """Note that a run has come to its end; False while a mail of it waits."""
    with _locked(run, NoticeRun.State.SENDING) as held:
        now_at = progress(held)
        if now_at.open:
            return False
        held.state, held.finished_at = NoticeRun.State.DONE, now
        held.save(using=ALIAS, update_fields=["state", "finished_at"])
        _tell(held, Kind.SENT, by=None, now=now, data=now_at.states)
        return True


def progress(run: NoticeRun) -> Progress:
    mails = NoticeMail.objects.using(ALIAS).filter(run_id=run.pk)
    states = {row["state"]: row["count"] for row in mails.values("state").annotate(count=Count("pk"))}
    return Progress(states, mails.aggregate(last=Max("attempted_at"))["last"])


def _turn(
    run: NoticeRun, before: NoticeRun.State, after: NoticeRun.State, *, by: UUID, now: datetime, words: str
) -> NoticeRun:
    mail, is_stop = NoticeMail.State, after == NoticeRun.State.STOPPED
    with _locked(run, before) as held:
        held.state = after
        held.save(using=ALIAS, update_fields=["state"])
        mails = NoticeMail.objects.using(ALIAS).filter(run_id=held.pk, state=mail.WAITING if is_stop else mail.HELD)
        count = mails.update(state=mail.HELD) if is_stop else mails.update(state=mail.WAITING, due_at=now)
        kind = Kind.STOPPED if is_stop else Kind.RESUMED
        _tell(held, kind, by=by, now=now, data={"mails": count}, words=words)
        return held


def _mails_for(run: NoticeRun, rows: Sequence[ExposedAccount], *, now: datetime) -> list[NoticeMail]:
    accounts = _without_decoys(rows)
    with scope.identity():
        owners = registry.people().owners(accounts)
    return [
        NoticeMail(
            pk=uuid5(run.pk, f"{account_id} {user_id}"),
            run_id=run.pk,
            account_id=account_id,
            user_id=user_id,
            due_at=now,
        )
        for account_id, users in owners.items()
        for user_id in users
    ]


def _without_decoys(rows: Sequence[ExposedAccount]) -> list[UUID]:
    """Return the accounts that are somebody's: behind a decoy is nobody, but its address may be somebody's."""
    accounts = [row.account_id for row in rows]
    decoys = set(Decoy.objects.using(ALIAS).filter(account_id__in=accounts).values_list("account_id", flat=True))
    return [account_id for account_id in accounts if account_id not in decoys]


def _notice_id(run: NoticeRun, account_id: UUID) -> UUID:
    return uuid5(run.pk, str(account_id))


def _tell(
    run: NoticeRun, kind: Kind, *, by: UUID | None, now: datetime, data: dict[str, Any] | None = None, words: str = ""
) -> None:
    incident = Incident.objects.using(ALIAS).get(pk=run.incident_id)
    timeline.add(incident, kind, by=by, now=now, data={"run": str(run.pk), **(data or {})}, words=words)


@contextmanager
def _locked(run: NoticeRun, *states: NoticeRun.State) -> Iterator[NoticeRun]:
    with transaction.atomic(using=ALIAS):
        held = NoticeRun.objects.using(ALIAS).select_for_update().get(pk=run.pk)
        if held.state not in states:
            raise WrongState
        yield held


def _batches(rows: Iterator[ExposedAccount]) -> Iterator[list[ExposedAccount]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
