"""What is kept of copies of an account: how far each is, its pieces while it is made, and its file for a day."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from security.leased import KeptFile, Leased
from security.sealing import SealedField, SealedModel
from security.tenancy import TenantForeignKey


class CopyState(models.TextChoices):
    """How far a copy is. `MAKING` is the worker's; the others are the end of it."""

    MAKING = "making", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Could not be made")
    GONE = "gone", _("Removed")


class AccountCopy(Leased):  # type: ignore[django-manager-missing]  # django-scopes makes the related managers
    """A copy of an account on its way into a file.

    `by` is the owner who alone may fetch it. `section` is the one that is being read, and `place` how far into it the
    worker has come; `done` counts rows. `fetched_at`: when the file was last given out.
    """

    place = SealedField("")  # of the next page; it may be an id

    by = models.UUIDField()
    state = models.CharField(max_length=10, choices=CopyState.choices, default=CopyState.MAKING)
    section = models.CharField(max_length=32, default="")
    done = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)

    WORKING = (CopyState.MAKING,)

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "created_at"], name="account_copy_by_age"),
            models.Index(fields=["due_at"], condition=~models.Q(due_at=None), name="account_copy_due"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=CopyState.values), name="account_copy_state_known")
        ]

    def __str__(self) -> str:
        return f"copy {self.pk}"


class CopyPiece(SealedModel):
    """A page of one section, as JSON and as lines of CSV. `ids`: who and what is in it, for the access log."""

    ids = SealedField[list[str]](list)
    text = SealedField("")
    table = SealedField("")

    run: models.ForeignKey[AccountCopy, AccountCopy] = TenantForeignKey(  # type: ignore[assignment]  # generic
        AccountCopy, on_delete=models.CASCADE, related_name="pieces", db_index=False
    )
    number = models.PositiveIntegerField()
    section = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "run", "number"], name="copy_piece_once")]

    def __str__(self) -> str:
        return f"piece {self.number} of copy {self.run_id}"


class CopyFile(KeptFile):
    """The file. It goes a day after it was made, or when whoever asked for it says so."""

    run: models.ForeignKey[AccountCopy, AccountCopy] = TenantForeignKey(  # type: ignore[assignment]  # generic
        AccountCopy, on_delete=models.CASCADE, related_name="files", db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "run"], name="copy_one_file")]

    def __str__(self) -> str:
        return f"file of copy {self.run_id}"
