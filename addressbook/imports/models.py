"""What is kept of imports: how far each is, its file for a short time, its rows in batches, and remembered columns.

All that came out of a file is sealed. What lies bare are states, counts and times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from addressbook.imports.reading.encodings import looks_misread
from security.leased import KeptFile, Leased
from security.sealing import SealedField, SealedModel
from security.tenancy import TenantForeignKey

if TYPE_CHECKING:
    from addressbook.models import AddressBook


class State(models.TextChoices):
    """How far an import is. `READING`, `RUNNING` and `UNDOING` are the worker's; the others wait for a person."""

    READING = "reading", _("Being read")
    READY = "ready", _("Waiting for you")
    RUNNING = "running", _("Being carried out")
    DONE = "done", _("Carried out")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    FAILED = "failed", _("Could not be read")
    CANCELLED = "cancelled", _("Not carried out")


_MANY_ROWS = 20  # from which on a guess of the encoding is good
WORKING = (State.READING, State.RUNNING, State.UNDOING)


class Duplicates(models.TextChoices):
    """What happens to a row whose contact is in the book already, or further up in the file."""

    SKIP = "skip", _("Leave it out")
    UPDATE = "update", _("Update the contact that is there with what the row has")
    ADD = "add", _("Add it as another contact")


class NearDuplicates(models.TextChoices):
    """What happens to a row that may be a contact of the book, or of a row further up, and is no exact duplicate."""

    ADD = "add", _("Add it, and show the two under possible duplicates")
    SKIP = "skip", _("Leave it out")


class Import(Leased):  # type: ignore[django-manager-missing]  # django-scopes makes the related managers
    """One file on its way into a book.

    `started_at` is what `updated_at` is of every contact that it wrote; another moment there: edited since.
    """

    file_name = SealedField("")
    encoding = SealedField("")
    delimiter = SealedField("")
    headings = SealedField[list[str]](list)  # of the file, or numbers where it has none
    samples = SealedField[list[list[str]]](list)  # of each column, the first few cells
    chosen = SealedField[list[str]](list)  # of each column, what it is of a contact
    is_mapped = SealedField(False)  # whether a person has said so
    says_headings = SealedField[bool | None](None)  # whether the first row holds headings, as a person said
    has_headings = SealedField(True)
    country = SealedField("HK")
    wanted = SealedField[dict[str, str]](dict)  # encoding and delimiter, as a person said
    kept = SealedField[list[str]](list)  # contacts that an undo left alone, by id, the first thousand
    paired = SealedField(0)  # pairs of possible duplicates that it put down
    binned = SealedField(0)  # of those that an undo took back (`returned`), how many went to the bin

    book: models.ForeignKey[AddressBook, AddressBook] = TenantForeignKey(  # type: ignore[assignment]  # generic
        "addressbook.AddressBook", on_delete=models.CASCADE, related_name="imports", db_index=False
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    kind = models.CharField(max_length=5, default="")
    duplicates = models.CharField(max_length=6, choices=Duplicates.choices, default=Duplicates.SKIP)
    near_duplicates = models.CharField(max_length=4, choices=NearDuplicates.choices, default=NearDuplicates.ADD)
    failure_at = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField()
    rows = models.PositiveIntegerField(default=0)
    good = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    doubtful = models.PositiveIntegerField(default=0)
    doubles = models.PositiveIntegerField(default=0)
    near = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    near_skipped = models.PositiveIntegerField(default=0)  # of those
    returned = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    WORKING = WORKING

    class Meta:
        indexes = [
            models.Index(F("account_id"), F("book"), F("created_at").desc(), F("id").desc(), name="import_by_age"),
            models.Index(fields=["due_at"], condition=~models.Q(due_at=None), name="import_due"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="import_state_known"),
            models.CheckConstraint(
                condition=models.Q(duplicates__in=Duplicates.values), name="import_duplicates_known"
            ),
            models.CheckConstraint(
                condition=models.Q(near_duplicates__in=NearDuplicates.values), name="import_near_duplicates_known"
            ),
        ]

    @property
    def is_misread(self) -> bool:
        """Whether the file may be in another encoding than the one that was guessed."""
        seen = [*self.headings, *(cell for cells in self.samples for cell in cells)]
        is_short = self.encoding == "cp1252" or self.rows < _MANY_ROWS
        return is_short and not self.wanted.get("encoding") and looks_misread("".join(seen), self.encoding)

    @property
    def exact_skipped(self) -> int:
        """How many rows stayed out whose contact was there already."""
        return self.skipped - self.near_skipped

    @property
    def restored(self) -> int:
        """How many contacts that it updated an undo made what they were before."""
        return self.returned - self.binned

    def __str__(self) -> str:
        return f"import {self.pk}"


class ImportFile(KeptFile):
    """The file as it came, sealed. It goes when the import is carried out or given up, and after a day at most."""

    run: models.ForeignKey[Import, Import] = TenantForeignKey(  # type: ignore[assignment]  # generic
        Import, on_delete=models.CASCADE, related_name="files", db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "run"], name="import_one_file")]

    def __str__(self) -> str:
        return f"file of import {self.run_id}"


class ImportBatch(SealedModel):
    """Some hundred rows of an import, in their order; `is_done` changes in the transaction that writes their contacts.

    A row is what `addressbook.imports.items` says. `bad`: how many of them stay out.
    """

    items = SealedField[list[dict[str, Any]]](list)

    run: models.ForeignKey[Import, Import] = TenantForeignKey(  # type: ignore[assignment]  # generic
        Import, on_delete=models.CASCADE, related_name="batches", db_index=False
    )
    number = models.PositiveIntegerField()
    is_done = models.BooleanField(default=False)
    bad = models.PositiveIntegerField(default=0)
    told = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "run", "number"], name="import_batch_once")]

    def __str__(self) -> str:
        return f"batch {self.number} of import {self.run_id}"


class ImportProfile(SealedModel):
    """Columns as somebody matched them, remembered for files with the same headings."""

    name = SealedField("")
    columns = SealedField[dict[str, str]](dict)  # by the folded heading
    country = SealedField("HK")

    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects: ClassVar[models.Manager[ImportProfile]]

    class Meta:
        indexes = [models.Index(fields=["account_id", "created_at"], name="import_profile_by_age")]

    def __str__(self) -> str:
        return f"import profile {self.pk}"
