"""Tables of the ground floor. They hold bare account and user ids: security imports no app and refers to none."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from security.chain.models import RetiredPartition, SealedBatch, SealKey, SealSink
from security.detection import models as detection  # its tables belong to this app
from security.scope import Via
from security.sealing import SealedField, SealedModel
from security.tenancy import TenantModel

__all__ = [
    "AccessEntry",
    "AccountKey",
    "Action",
    "Decision",
    "IdempotentRequest",
    "LiveState",
    "RetiredPartition",
    "SealKey",
    "SealSink",
    "SealedBatch",
    "SecurityEvent",
    "UnscopedTable",
    "detection",
]


class AccountKey(TenantModel):
    """A data key of an account, wrapped under the key-encryption key."""

    version = models.SmallIntegerField()
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "version"], name="account_key_once_a_version")]

    def __str__(self) -> str:
        return f"key {self.version} of {self.account_id}"


class Action(models.TextChoices):
    """What was done with personal data."""

    LIST = "list", _("Listed")
    READ = "read", _("Read")
    SEARCH = "search", _("Searched")
    CREATE = "create", _("Added")
    CHANGE = "change", _("Changed")
    DELETE = "delete", _("Deleted")
    RESTORE = "restore", _("Restored")
    EXPORT = "export", _("Exported")
    PRINT = "print", _("Printed")
    BOOK = "book", _("Booked")
    CANCEL = "cancel", _("Cancelled")
    EXPIRE = "expire", _("Expired")
    SHARE = "share", _("Shared")


class Decision(models.TextChoices):
    """What became of an act; the column `wall` says which wall decided."""

    ALLOWED = "allowed", _("Allowed")
    REFUSED = "refused", _("Refused")


class AccessEntry(TenantModel):
    """One act on personal data: who, when, from where, which rows; never the data itself.

    The table is partitioned by the month of `at` and chained by the sealer (`security.chain`): its primary key is
    (account_id, at, id), and its column `pos`, which the database fills, is the place in the chain.
    """

    at = models.DateTimeField()
    user_id = models.UUIDField(null=True)
    key_id = models.UUIDField(null=True)
    row_count = models.PositiveIntegerField()
    request_id = models.CharField(max_length=32)
    actor = models.CharField(max_length=64)
    on_behalf = models.CharField(max_length=64)  # for whom a key or staff acts; "" for oneself
    action = models.CharField(max_length=10, choices=Action.choices)
    kind = models.CharField(max_length=32)
    via = models.CharField(max_length=8, choices=Via.choices)
    endpoint = models.CharField(max_length=100)  # the name of the address or job: the technique
    decision = models.CharField(max_length=8, choices=Decision.choices)
    wall = models.CharField(max_length=16)
    ids = models.JSONField()
    fields = models.JSONField()  # which kinds of fields were given out; none where nothing was
    source = models.GenericIPAddressField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["actor", "at"], name="access_entry_by_actor"),
            models.Index(fields=["source", "at"], name="access_entry_by_source"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} by {self.actor}"


class IdempotentRequest(SealedModel):
    """A keyed POST: claimed while there is no status, then with the answer that is given again (`idempotency`).

    A key is one in its account, whoever sends it: the program that repeats a request may have a new API key by then.
    `name` and `fingerprint` are keyed hashes of the caller's key and of the whole request.
    """

    headers = SealedField[dict[str, str]](dict)
    body = SealedField("")  # base64
    seen = SealedField[list[tuple[str, list[str]]]](list)  # what the access log noted: kind and ids

    name = models.BinaryField()
    fingerprint = models.BinaryField()
    leased_until = models.DateTimeField()
    expires_at = models.DateTimeField()
    status = models.SmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "name"], name="idempotent_request_once")]
        indexes = [models.Index(fields=["account_id", "expires_at"], name="idempotent_request_by_end")]

    def __str__(self) -> str:
        return f"request {self.pk}"


class SecurityEvent(models.Model):
    """A refusal or an alarm, with the wall that decided. Written by everyone, read by the security role alone.

    Partitioned and chained as `AccessEntry` is; its primary key is (at, id).
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=32)
    wall = models.CharField(max_length=32)  # of an alarm, its kind
    actor = models.CharField(max_length=64)
    account_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=32)
    source = models.CharField(max_length=45)
    via = models.CharField(max_length=8, choices=Via.choices, default="")
    endpoint = models.CharField(max_length=100, default="")
    data = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"


class LiveState(models.Model):
    """Whether a user, a key or an account may act now, and its epoch: every session and job of an older one is dead.

    The runtime role reads it and writes it by `walls.suspend` alone, so it cannot let anybody go.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        THROTTLED = "throttled", _("Slowed down")
        STEP_UP = "step_up", _("Must show who they are")  # in a session that has not since `changed_at`
        SUSPENDED = "suspended", _("Suspended")

    actor_id = models.UUIDField(primary_key=True)
    epoch = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["active", "throttled", "step_up", "suspended"]), name="live_state_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.actor_id}: {self.state}"


class UnscopedTable(models.Model):
    """A table without row-level security, with the reason; a test holds this list against the database."""

    table = models.CharField(max_length=63, primary_key=True)
    reason = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.table


from security.console.models import Case  # noqa: E402, F401 - a table of this app in a folder of its own
from security.incidents import models as incidents  # noqa: E402, F401 - tables of this app in a folder of their own
