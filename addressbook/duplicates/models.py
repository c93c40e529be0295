"""What is kept of duplicates: when a book was looked through, pairs of ids with reasons, merges to undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F

from security.sealing import SealedField, SealedModel
from security.tenancy import TenantForeignKey, TenantModel

if TYPE_CHECKING:
    from addressbook.models import AddressBook, Contact


class DuplicateLook(TenantModel):
    """When a book was last looked through, or is to be. `done_at` before `asked_at`: it is being looked through."""

    book: models.ForeignKey[AddressBook, AddressBook] = TenantForeignKey(  # type: ignore[assignment]  # generic
        "addressbook.AddressBook", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)  # of the book, when it was last looked through

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "book"], name="duplicate_look_one_a_book")]

    def __str__(self) -> str:
        return f"look through {self.book_id}"


class PossibleDuplicate(TenantModel):
    """Two contacts of a book that may be one; `one` has the lower id. `weight`: how much the reasons say together."""

    book: models.ForeignKey[AddressBook, AddressBook] = TenantForeignKey(  # type: ignore[assignment]  # generic
        "addressbook.AddressBook", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    one: models.ForeignKey[Contact, Contact] = TenantForeignKey(  # type: ignore[assignment]  # generic
        "addressbook.Contact", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    other: models.ForeignKey[Contact, Contact] = TenantForeignKey(  # type: ignore[assignment]  # generic
        "addressbook.Contact", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    reasons = models.JSONField(default=list)
    weight = models.PositiveSmallIntegerField()
    dismissed_at = models.DateTimeField(null=True)  # somebody said that they are two

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "one", "other"], name="possible_duplicate_once")]
        indexes = [
            models.Index(F("account_id"), F("book"), F("weight").desc(), F("id"), name="possible_duplicate_by_weight"),
            models.Index(fields=["account_id", "other"], name="possible_duplicate_other"),
        ]

    def __str__(self) -> str:
        return f"possible duplicate {self.pk}"


class Merge(SealedModel):
    """A contact that took in another one. `before` is what it said until then; `merged_at` its `updated_at` since.

    It goes with the contact that was taken in, when the bin is emptied.
    """

    before = SealedField[dict[str, Any]](dict)
    was_updated_at = SealedField("")  # ISO 8601; it comes back too, so that a merge before this one can be undone
    stars = SealedField[dict[str, str]](dict)  # that were passed on (`addressbook.favourites.pass_on`)

    book: models.ForeignKey[AddressBook, AddressBook] = TenantForeignKey(  # type: ignore[assignment]  # generic
        "addressbook.AddressBook", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kept: models.ForeignKey[Contact, Contact] = TenantForeignKey(  # type: ignore[assignment]  # generic
        "addressbook.Contact", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    taken_in: models.ForeignKey[Contact, Contact] = TenantForeignKey(  # type: ignore[assignment]  # generic
        "addressbook.Contact", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    merged_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(F("account_id"), F("book"), F("merged_at").desc(), F("id").desc(), name="merge_by_age"),
            models.Index(fields=["account_id", "kept"], name="merge_kept"),
            models.Index(fields=["account_id", "taken_in"], name="merge_taken_in"),
        ]

    def __str__(self) -> str:
        return f"merge {self.pk}"
