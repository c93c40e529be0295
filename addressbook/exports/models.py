"""What is kept of exports: how far each is, its pieces while it is made, and its file for a day.

All that came out of the book is sealed, and so is which part of it was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from security.leased import KeptFile, Leased
from security.sealing import SealedField, SealedModel
from security.tenancy import TenantForeignKey

if TYPE_CHECKING:
    from addressbook.models import AddressBook


class State(models.TextChoices):
    """How far an export is. `MAKING` is the worker's; the others are the end of it."""

    MAKING = "making", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Could not be made")
    GONE = "gone", _("Removed")


class Kind(models.TextChoices):
    """What file is made."""

    XLSX = "xlsx", _("Excel workbook (XLSX)")
    CSV = "csv", _("Text with delimiters (CSV)")
    VCARD = "vcard", _("vCard")


class Export(Leased):  # type: ignore[django-manager-missing]  # django-scopes makes the related managers
    """Contacts of a book on their way into a file.

    `by` is the person who alone may fetch it, in a browser or by keys of theirs. `rows` were asked for; `done` of them
    are written or left out; `left` are those that were deleted meanwhile, or cannot be read. `fetched_at`: when the
    file was last given out. Without `book`, which was deleted, it counts against the day's budget alone.
    """

    language = SealedField("en")  # of the headings
    wanted = SealedField[dict[str, Any]](dict)  # what the list was narrowed to; empty: the whole book
    chosen = SealedField[list[str]](list)  # or the contacts that were ticked, by id

    book: models.ForeignKey[AddressBook | None, AddressBook | None] = TenantForeignKey(  # type: ignore[assignment, misc]  # generic
        "addressbook.AddressBook", on_delete=models.CASCADE, null=True, related_name="exports", db_index=False
    )
    by = models.UUIDField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAKING)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    has_mark = models.BooleanField(default=False)
    rows = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)

    WORKING = (State.MAKING,)

    class Meta:
        indexes = [
            models.Index(
                F("account_id"), F("book"), F("by"), F("created_at").desc(), F("id").desc(), name="export_by_age"
            ),
            models.Index(fields=["account_id", "created_at"], name="export_budget"),
            models.Index(fields=["due_at"], condition=~models.Q(due_at=None), name="export_due"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="export_state_known"),
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="export_kind_known"),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def contacts(self) -> int:
        """How many contacts are in the file."""
        return self.done - self.left


class ExportPiece(SealedModel):
    """Some hundred contacts of an export, in their order: by id, then as the file has them.

    `text` is empty before a piece is made, and again when all of them are in the file; who is in it stays as long as
    the file, for the access log of whoever fetches it.
    """

    ids = SealedField[list[str]](list)
    text = SealedField("")

    run: models.ForeignKey[Export, Export] = TenantForeignKey(  # type: ignore[assignment]  # generic
        Export, on_delete=models.CASCADE, related_name="pieces", db_index=False
    )
    number = models.PositiveIntegerField()
    is_made = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "run", "number"], name="export_piece_once")]

    def __str__(self) -> str:
        return f"piece {self.number} of export {self.run_id}"


class ExportFile(KeptFile):
    """The file. It goes a day after it was made, or when whoever asked for it says so."""

    run: models.ForeignKey[Export, Export] = TenantForeignKey(  # type: ignore[assignment]  # generic
        Export, on_delete=models.CASCADE, related_name="files", db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "run"], name="export_one_file")]

    def __str__(self) -> str:
        return f"file of export {self.run_id}"
