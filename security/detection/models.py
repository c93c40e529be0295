"""What detection knows of people: in a schema of its own, `watch`, which the runtime role may not enter at all.

So neither an injected statement nor a forgotten filter of a page reads a score, finds out a decoy, or ends a
suspension: only the security role can (the staff console and the security worker). The runtime role can suspend, by
one signed order to a function (`security.suspension`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from security import kek
from security.thresholds import Rung


class Cause(models.TextChoices):
    """Why somebody was suspended; all but the last two are tripwires."""

    EGRESS = "egress", _("Data of another account was about to leave")
    WRONG_KEY = "wrong_key", _("Sealed data of another account was opened")
    FORGED_CONTEXT = "forged_context", _("A forged database context was used")
    DECOY = "decoy", _("A decoy account was read")
    ELSEWHERE = "elsewhere", _("Something of another account was asked for")
    SCORE = "score", _("Suspicious requests, again and again")
    STAFF = "staff", _("Decided by staff")


TRIPWIRES = frozenset(set(Cause) - {Cause.SCORE, Cause.STAFF})


class Suspension(models.Model):
    """One suspension of a person and of the key they used. It is over at `until`, or when staff release it.

    Releasing one after a tripwire takes two people: the first asks, another one confirms.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    at = models.DateTimeField()
    person = models.UUIDField(null=True)
    key = models.UUIDField(null=True)
    account_id = models.UUIDField(null=True)
    cause = models.CharField(max_length=16, choices=Cause.choices)
    rung = models.SmallIntegerField()
    until = models.DateTimeField(null=True)
    with_account = models.BooleanField(default=False)
    request_id = models.CharField(max_length=32)
    endpoint = models.CharField(max_length=64)
    told_at = models.DateTimeField(null=True)
    release_asked_by = models.UUIDField(null=True)
    release_asked_at = models.DateTimeField(null=True)
    released_by = models.UUIDField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        db_table = '"watch"."suspension"'
        indexes = [
            models.Index(fields=["person", "-at"], name="suspension_by_person"),
            models.Index(fields=["key", "-at"], name="suspension_by_key"),
            models.Index(fields=["account_id", "-at"], name="suspension_by_account"),
            models.Index(fields=["at"], name="suspension_untold", condition=models.Q(told_at=None)),
        ]

    def __str__(self) -> str:
        return f"suspension {self.pk}"

    @property
    def is_tripwire(self) -> bool:
        return self.cause in TRIPWIRES

    @property
    def rung_name(self) -> Rung:
        return Rung(self.rung)


class Appeal(models.Model):
    """What somebody who is suspended wrote to us; the words are sealed under the key of keys."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    suspension = models.ForeignKey(Suspension, on_delete=models.CASCADE, related_name="appeals")
    at = models.DateTimeField()
    words = models.BinaryField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    wrapped_answer = models.BinaryField(null=True)
    is_mailed = models.BooleanField(
        default=False, db_default=False
    )  # the answer; False also where nobody is left to write to

    class Meta:
        db_table = '"watch"."appeal"'

    def __str__(self) -> str:
        return f"appeal {self.pk}"

    @property
    def answer(self) -> str:
        """What staff answered. It lies wrapped under the key of keys, as the appeal's own words do."""
        if self.wrapped_answer is None:
            return ""
        return kek.provider().unwrap(bytes(self.wrapped_answer), bound_to=self._binding).decode()

    @answer.setter
    def answer(self, words: str) -> None:
        self.wrapped_answer = kek.provider().wrap(words.encode(), bound_to=self._binding)

    @property
    def _binding(self) -> bytes:
        return f"appeal_answer|{self.pk}".encode()


class Subject(models.TextChoices):
    """Whom a score is about. Sources and devices are named by keyed hashes."""

    ACTOR = "actor", _("Person or key")
    ACCOUNT = "account", _("Account")
    SOURCE = "source", _("Network address")
    DEVICE = "device", _("Browser")
    COHORT = "cohort", _("Group of accounts")
    ENDPOINT = "endpoint", _("Address of the site")


class Score(models.Model):
    """Points as they were at a moment; they decay by half in the half-life of the kind of subject."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Subject.choices)
    subject = models.CharField(max_length=64)
    points = models.FloatField()
    at = models.DateTimeField()
    step = models.SmallIntegerField(default=0)  # how far up the ladder (`judging.Step`)
    stepped_at = models.DateTimeField(null=True)
    offences = models.SmallIntegerField(default=0)  # how often it came to a case
    offended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = '"watch"."score"'
        constraints = [models.UniqueConstraint(fields=["kind", "subject"], name="score_once_a_subject")]
        indexes = [models.Index(fields=["kind", "-points"], name="score_highest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Finding(models.Model):
    """One thing that was noticed: which rule, about whom, by which request, for how many points."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    at = models.DateTimeField()
    rule = models.CharField(max_length=16)
    actor = models.CharField(max_length=64)
    person = models.UUIDField(null=True)
    key = models.UUIDField(null=True)
    account_id = models.UUIDField(null=True)
    source = models.CharField(max_length=32)
    device = models.CharField(max_length=32)
    is_young = models.BooleanField(default=False)
    endpoint = models.CharField(max_length=64)
    request_id = models.CharField(max_length=32)
    points = models.FloatField()
    data = models.JSONField(default=dict)  # numbers that the rule compared; ids

    class Meta:
        db_table = '"watch"."finding"'
        indexes = [
            models.Index(fields=["actor", "-at"], name="finding_by_actor"),
            models.Index(fields=["account_id", "-at"], name="finding_by_account"),
            models.Index(fields=["endpoint", "-at"], name="finding_by_endpoint"),
            models.Index(fields=["-at"], name="finding_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.pk}"


class StrangeId(models.Model):
    """An id that somebody asked for and that was not theirs, to see it come back from somebody else."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    named = models.UUIDField()
    account_id = models.UUIDField(null=True)
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = '"watch"."strange_id"'
        indexes = [
            models.Index(fields=["named"], name="strange_id_named"),
            models.Index(fields=["at"], name="strange_id_by_time"),
        ]

    def __str__(self) -> str:
        return f"strange id {self.pk}"


class Freeze(models.Model):
    """A feature that degrades to what is needed: bulk reads of it wait, single ones go on."""

    class Size(models.TextChoices):
        OTHERS = "others", _("Keys, and members who do not own the account")
        YOUNG = "young", _("Young accounts")
        ALL = "all", _("Everybody")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    feature = models.CharField(max_length=32)
    size = models.CharField(max_length=8, choices=Size.choices)
    cause = models.CharField(max_length=16)
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    by = models.UUIDField(null=True)  # staff; nobody where detection did it
    ended_at = models.DateTimeField(null=True)
    ended_by = models.UUIDField(null=True)

    class Meta:
        db_table = '"watch"."freeze"'
        indexes = [models.Index(fields=["feature"], name="freeze_running", condition=models.Q(ended_at=None))]

    def __str__(self) -> str:
        return f"{self.feature} for {self.size}"


class NetworkField(models.Field):  # type: ignore[type-arg]
    """An address or a network, as text in CIDR notation."""

    def db_type(self, connection: Any) -> str:
        return "cidr"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else str(value)


class BlockedSource(models.Model):
    """An address or a network from which nothing is answered for a while. Rows are kept; they end, or are lifted.

    `reason` is what staff wrote. How wide and how long one may be stands in `security.detection.blocking`, how wide in
    the database as well.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    network = NetworkField()
    at = models.DateTimeField()
    until = models.DateTimeField()
    by = models.UUIDField()
    wrapped_reason = models.BinaryField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.UUIDField(null=True)

    class Meta:
        db_table = '"watch"."blocked_source"'
        constraints = [
            models.CheckConstraint(name="blocked_source_ends", condition=models.Q(until__gt=models.F("at"))),
        ]
        indexes = [models.Index(fields=["-at"], name="blocked_source_by_age")]

    def __str__(self) -> str:
        return f"blocked source {self.pk}"

    @property
    def reason(self) -> str:
        return kek.provider().unwrap(bytes(self.wrapped_reason), bound_to=self._binding).decode()

    @reason.setter
    def reason(self, words: str) -> None:
        self.wrapped_reason = kek.provider().wrap(words.encode(), bound_to=self._binding)

    @property
    def _binding(self) -> bytes:
        return f"watch.blocked_source|{self.pk}".encode()

    def holds(self, *, now: datetime) -> bool:
        return self.lifted_at is None and self.until > now


class Decoy(models.Model):
    """An account that is nobody's. Nothing outside this schema tells it from a real one."""

    account_id = models.UUIDField(primary_key=True)
    person = models.UUIDField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = '"watch"."decoy"'

    def __str__(self) -> str:
        return f"decoy {self.pk}"


class DecoyObject(models.Model):
    """An id of something that a decoy account holds: a book, a contact, a shipment."""

    id = models.UUIDField(primary_key=True)
    decoy = models.ForeignKey(Decoy, on_delete=models.CASCADE, related_name="objects_held")

    class Meta:
        db_table = '"watch"."decoy_object"'

    def __str__(self) -> str:
        return f"decoy object {self.pk}"


class Mark(models.Model):
    """How far a job of the security worker has looked."""

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = '"watch"."mark"'

    def __str__(self) -> str:
        return self.name


class ThresholdChange(models.Model):
    """One change of a threshold, from its proposal on: what holds now, what waits, and the history.

    `value` None is the default of the typed file. Two people make one, which the database asks for as well; a return to
    the default may be one person's (`security.detection.changes`). Rows are never deleted and what was proposed stays.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Waits for a second person")
        HOLDS = "holds", _("Holds")
        REPLACED = "replaced", _("Held until the next change")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=48)
    value = models.FloatField(null=True)
    before = models.FloatField()  # what held when it was proposed, as one reads it in the history
    wrapped_reason = models.BinaryField()
    proposed_by = models.UUIDField()
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = '"watch"."threshold_change"'
        constraints = [
            models.CheckConstraint(
                name="threshold_change_state_known",
                condition=models.Q(state__in=["proposed", "holds", "replaced", "refused", "withdrawn", "expired"]),
            ),
            models.CheckConstraint(
                name="threshold_change_two_people",
                condition=~models.Q(state__in=["holds", "replaced", "refused"])
                | models.Q(value=None)
                | (models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("proposed_by"))),
            ),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(state="proposed"), name="threshold_change_one_waits"
            ),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(state="holds"), name="threshold_change_one_holds"
            ),
        ]
        indexes = [models.Index(fields=["name", "-proposed_at"], name="threshold_change_by_name")]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"

    @property
    def reason(self) -> str:
        return kek.provider().unwrap(bytes(self.wrapped_reason), bound_to=self._binding).decode()

    @reason.setter
    def reason(self, words: str) -> None:
        self.wrapped_reason = kek.provider().wrap(words.encode(), bound_to=self._binding)

    @property
    def _binding(self) -> bytes:
        return f"watch.threshold_change|{self.pk}".encode()

    def waits(self, *, now: datetime) -> bool:
        """Whether somebody may still decide."""
        return self.state == self.State.PROPOSED and self.expires_at > now
