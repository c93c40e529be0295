"""Tables of incidents and notices. They hold bare ids, as everywhere on the ground floor.

Of an incident the runtime role reaches nothing. Of the notices that came of it an account reads its own; mails on their
way are seen in the identity context alone, where their readers' addresses are too.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from security import kek
from security.tenancy import TenantModel

ALIAS = "security"  # the connection on which all of it is written


class WordsMixin(models.Model):
    """What staff write. They are told to name nobody, and may forget: so they lie wrapped under the key of keys."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    wrapped_words = models.BinaryField()

    class Meta:
        abstract = True

    @property
    def words(self) -> str:
        return kek.provider().unwrap(bytes(self.wrapped_words), bound_to=self._binding).decode()

    @words.setter
    def words(self, words: str) -> None:
        self.wrapped_words = kek.provider().wrap(words.encode(), bound_to=self._binding)

    @property
    def _binding(self) -> bytes:
        return f"{self._meta.db_table}|{self.pk}".encode()


class State(models.TextChoices):
    """How far an incident has come."""

    GATHER = "gather", _("Gathering facts")
    CONTAIN = "contain", _("Containing")
    ASSESS = "assess", _("Assessing")
    NOTIFY = "notify", _("Notifying")
    CLOSED = "closed", _("Closed")


class Cause(models.TextChoices):
    STAFF = "staff", _("Opened by staff")
    TRIPWIRE = "tripwire", _("Opened by a tripwire")


class Incident(WordsMixin):
    """Something happened: what it reaches, how far we have come. `words` is its title.

    `reach` holds actors, sources, endpoints, excluded accounts, and the time between `since` and `until`
    (`incidents.reach`). `technique` is what further tripwires join it by while it is open; "" for one of staff's.
    """

    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.GATHER)
    cause = models.CharField(max_length=8, choices=Cause.choices, default=Cause.STAFF)
    technique = models.CharField(max_length=100, default="", blank=True)
    reach = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    opened_by = models.UUIDField(null=True)
    aware_at = models.DateTimeField()  # what the law's days count from
    closed_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField(null=True)  # to the regulator

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["technique"],
                condition=~models.Q(technique="") & ~models.Q(state="closed"),
                name="incident_one_open_a_technique",
            ),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="incident_state_known"),
        ]

    def __str__(self) -> str:
        return f"incident {self.number}"


class IncidentEvent(WordsMixin):
    """One line of an incident's timeline: who did what, when. It is added and never changed.

    `data` holds facts without a person; `words` is what somebody wrote about it, or "".
    """

    class Kind(models.TextChoices):
        OPENED = "opened", _("Incident opened")
        JOINED = "joined", _("Another tripwire of the same technique")
        NOTED = "noted", _("Note")
        MOVED = "moved", _("Moved on")
        REOPENED = "reopened", _("Reopened")
        REACHED = "reached", _("Reach changed")
        CONTAINED = "contained", _("Contained")
        EXPOSED = "exposed", _("Exposure report made")
        DRAFTED = "drafted", _("Notices drafted")
        ASKED = "asked", _("Approval of the notices asked for")
        APPROVED = "approved", _("Notices approved")
        STOPPED = "stopped", _("Notices stopped")
        RESUMED = "resumed", _("Notices sent on")
        SENT = "sent", _("All notices sent")
        FORM = "form", _("Regulator’s form saved")
        REPORTED = "reported", _("Reported to the regulator")
        EVIDENCE = "evidence", _("Evidence bundle made")

    incident_id = models.UUIDField()
    at = models.DateTimeField()
    by = models.UUIDField(null=True)  # nobody: the site itself
    kind = models.CharField(max_length=10, choices=Kind.choices)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["incident_id", "at"], name="incident_event_by_incident")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"


class Exposure(models.Model):
    """One version of an incident's exposure report: what it was asked, and the digest of what was found."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    incident_id = models.UUIDField()
    version = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    made_by = models.UUIDField(null=True)
    reach = models.JSONField()
    counts = models.JSONField()  # accounts, acts, and how many of each kind of object
    digest = models.CharField(max_length=64)  # SHA-256, in hex: `incidents.exposure.digest_of`

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident_id", "version"], name="exposure_once_a_version")]

    def __str__(self) -> str:
        return f"exposure {self.version}"


class ExposedAccount(models.Model):
    """What an exposure report found of one account: a list of findings, see `incidents.exposure.Finding`."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    exposure_id = models.UUIDField()
    account_id = models.UUIDField()
    findings = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exposure_id", "account_id"], name="exposed_account_once")]

    def __str__(self) -> str:
        return f"exposed {self.account_id}"


class EvidenceBundle(models.Model):
    """One evidence bundle of an incident: asked for on its page, made by the security worker, kept for some days.

    `reach` is what the incident reached when it was asked for, with an end. `attempts` counts who began on it: whoever
    finds another number there has been given up for dead, and leaves it alone.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting to be made")
        MAKING = "making", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Given up")
        GONE = "gone", _("Removed")

    class Step(models.TextChoices):
        SEAL = "seal", _("Waiting until every entry is sealed")
        REPORT = "report", _("Counting what was given out")
        ENTRIES = "entries", _("Collecting the entries behind it")
        SIGN = "sign", _("Signing")
        KEEP = "keep", _("Putting it away")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    incident_id = models.UUIDField()
    version = models.PositiveIntegerField()
    reach = models.JSONField()
    language = models.CharField(max_length=10)  # of the report that is made to be read
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    step = models.CharField(max_length=8, choices=Step.choices, default=Step.SEAL)
    done = models.PositiveBigIntegerField(default=0)  # of `total`, in what the step counts
    total = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField()
    touched_at = models.DateTimeField()  # when it last got on
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    digest = models.CharField(max_length=64, default="", blank=True)  # SHA-256 of the file, in hex
    counts = models.JSONField(default=dict)  # entries, batches, accounts, objects
    error = models.CharField(max_length=40, default="", blank=True)  # its kind, never its words

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident_id", "version"], name="evidence_bundle_once_a_version"),
            models.UniqueConstraint(
                fields=["incident_id"],
                condition=models.Q(state__in=["waiting", "making"]),
                name="evidence_bundle_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"evidence {self.version}"


class EvidencePart(models.Model):
    """A piece of a bundle's file, by its place."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    bundle_id = models.UUIDField()
    place = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bundle_id", "place"], name="evidence_part_once_a_place")]

    def __str__(self) -> str:
        return f"part {self.place} of {self.bundle_id}"


class NoticeRun(models.Model):
    """One mailing of notices to everybody an exposure report names."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ASKED = "asked", _("Waiting for a second person")
        QUEUEING = "queueing", _("Being queued")
        SENDING = "sending", _("Being sent")
        STOPPED = "stopped", _("Stopped")
        DONE = "done", _("Done")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    incident_id = models.UUIDField()
    exposure_id = models.UUIDField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    texts = models.JSONField()  # of each language, by the names of `incidents.texts.PARTS`
    made_at = models.DateTimeField()
    made_by = models.UUIDField()
    asked_at = models.DateTimeField(null=True)
    asked_by = models.UUIDField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.UUIDField(null=True)
    touched_at = models.DateTimeField(null=True)  # when queueing last got on
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)  # of the dry run: `incidents.notices.DryRun`

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("asked_by")),
                name="notice_run_two_people",
            )
        ]

    def __str__(self) -> str:
        return f"notice run {self.pk}"


class NoticeText(models.Model):
    """What the notices of a run say, in one language; read by the accounts that have one of the run."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    run_id = models.UUIDField()
    language = models.CharField(max_length=10)
    parts = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run_id", "language"], name="notice_text_once_a_language")]

    def __str__(self) -> str:
        return f"{self.language} of {self.run_id}"


class Notice(TenantModel):
    """What one account is told: which of its objects were read, when, by whom. Written by the security role alone."""

    run_id = models.UUIDField()
    at = models.DateTimeField()
    findings = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "run_id"], name="notice_once_a_run")]
        indexes = [models.Index(fields=["run_id", "account_id"], name="notice_by_run")]

    def __str__(self) -> str:
        return f"notice {self.pk}"


class NoticeMail(models.Model):
    """One notice on its way to one person. The id is the same however often it is made, and so is the Message-ID."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting to be sent")
        HELD = "held", _("Held back")
        SENT = "sent", _("Sent")
        GONE = "gone", _("Nobody there any more")
        FAILED = "failed", _("Given up")

    id = models.UUIDField(primary_key=True, editable=False)
    run_id = models.UUIDField()
    account_id = models.UUIDField()
    user_id = models.UUIDField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    attempted_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=40, default="", blank=True)  # its kind, never its words

    class Meta:
        indexes = [
            models.Index(fields=["run_id", "due_at"], condition=models.Q(state="waiting"), name="notice_mail_due"),
            models.Index(fields=["run_id", "state"], name="notice_mail_by_state"),
        ]

    def __str__(self) -> str:
        return f"notice mail {self.pk}"


class RegulatorForm(WordsMixin):
    """One version of the regulator's form of an incident; `words` is its fields as JSON. Added and never changed."""

    incident_id = models.UUIDField()
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident_id", "version"], name="regulator_form_once_a_version")]

    def __str__(self) -> str:
        return f"form {self.version}"


Findings = list[dict[str, Any]]
