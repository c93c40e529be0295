"""What the rows of long work have in common: a lease on the work, and a file that is kept sealed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models

from security import keys, sealing
from security.sealing import SealedField, SealedModel
from security.tenancy import TenantModel

LEASE = timedelta(seconds=30)  # a worker that does not renew it counts as dead


class Leased(SealedModel):
    """Work that a worker does in parts.

    The worker holds it by `lease` until `leased_until`, and renews that with each part. `due_at`: when somebody has to
    look after it: a lease that ends, or data that are to be removed. `asked`: in whose scope the work is done, signed.
    `failure`: why the work ended before it was done, as a code.
    """

    asked = SealedField("")

    state = models.CharField(max_length=10)  # each says its own
    failure = models.CharField(max_length=24, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    WORKING: ClassVar[tuple[str, ...]]  # the states in which it is the worker's

    class Meta:
        abstract = True

    @property
    def is_working(self) -> bool:
        return self.state in self.WORKING

    @property
    def is_stopped(self) -> bool:
        """Whether the worker has put it down in the middle, and a person has to say how it goes on."""
        return self.is_working and bool(self.failure)

    def hold(self, now: datetime) -> None:
        """Let the lease begin anew; nothing is saved."""
        self.leased_until = self.due_at = now + LEASE

    def let_go(self) -> None:
        """End the lease; nothing is saved."""
        self.lease = self.leased_until = None


class KeptFile(TenantModel):
    """A file of one run, sealed under the key of its account."""

    key_version = models.SmallIntegerField()
    sealed = models.BinaryField()

    class Meta:
        abstract = True

    @classmethod
    def keep(cls, run: Leased, data: bytes) -> Self:
        """Seal a file, and keep it for its run."""
        key = keys.current_key()
        sealed = sealing.seal_bytes(data, key, table=cls._meta.db_table, row=str(run.pk))
        return cls.objects.create(run=run, key_version=key.version, sealed=sealed)

    @classmethod
    def of(cls, run: Leased) -> bytes | None:
        """Return the file of a run; None when it is gone."""
        kept = cls.objects.filter(run=run).first()
        if kept is None:
            return None
        return sealing.unseal_bytes(bytes(kept.sealed), kept.key_version, table=cls._meta.db_table, row=str(run.pk))
