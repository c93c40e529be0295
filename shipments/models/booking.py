"""A shipment: from the first line of a draft to the item's last event."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from security.sealing import SealedField, SealedModel
from security.tenancy import TenantForeignKey
from shipments import periods
from shipments.models.batch import Batch


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    BOOKED = "booked", _("Booked")
    ACCEPTED = "accepted", _("Accepted by the post office")
    IN_TRANSIT = "in_transit", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")
    RETURNED = "returned", _("Returned")


class Contents(models.TextChoices):
    GOODS = "goods", _("Goods")
    DOCUMENTS = "documents", _("Documents")


class Format(models.TextChoices):
    SMALL_LETTER = "small_letter", _("Small letter")
    LARGE_LETTER = "large_letter", _("Large letter")
    PACKET = "packet", _("Packet")


# What the item may become from each status. Scans arrive late and out of order, so a scan may skip ahead, never back.
TRANSITIONS: dict[str, frozenset[str]] = {
    Status.DRAFT: frozenset({Status.BOOKED}),
    Status.BOOKED: frozenset(
        {Status.ACCEPTED, Status.IN_TRANSIT, Status.DELIVERED, Status.RETURNED, Status.CANCELLED, Status.EXPIRED}
    ),
    Status.ACCEPTED: frozenset({Status.IN_TRANSIT, Status.DELIVERED, Status.RETURNED}),
    Status.IN_TRANSIT: frozenset({Status.DELIVERED, Status.RETURNED}),
    Status.DELIVERED: frozenset(),
    Status.RETURNED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.EXPIRED: frozenset(),
}


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def drafts(self) -> Self:
        return self.filter(status=Status.DRAFT)

    def with_status(self, status: str) -> Self:
        return self.filter(status=status) if status else self

    def stale_drafts(self, *, now: datetime) -> Self:
        """Drafts nobody has touched for the days that the post keeps them."""
        return self.drafts().filter(updated_at__lt=now - periods.DRAFTS.length())

    def expired_labels(self, *, today: date) -> Self:
        """Booked items whose label is past its last day, in Hong Kong, and which were never handed in."""
        return self.filter(status=Status.BOOKED, valid_until__lt=today)

    def with_old_personal_data(self, *, now: datetime) -> Self:
        """Items to which nothing has happened for the days that personal data are kept, and which still have them."""
        old = now - periods.PERSONAL_DATA.length()
        return self.exclude(status__in=[Status.DRAFT, Status.BOOKED]).filter(cleared_at=None, updated_at__lt=old)


ShipmentManager = models.Manager.from_queryset(ShipmentQuerySet)


class Shipment(SealedModel):
    """One item of mail. Its parties, its contents and its references are sealed; what is queried stands beside them.

    It keeps its own copy of both addresses: the address book may change later, the item may not.
    """

    sender: SealedField[dict[str, Any]] = SealedField(dict)
    recipient: SealedField[dict[str, Any]] = SealedField(dict)
    items: SealedField[list[dict[str, Any]]] = SealedField(list)
    category_words = SealedField("")  # what "other" is, in words
    reference = SealedField("")
    notes = SealedField("")
    non_delivery = SealedField("return")
    importer_reference = SealedField("")
    licence_number = SealedField("")
    certificate_number = SealedField("")
    invoice_number = SealedField("")
    sender_contact = SealedField("")  # the id of the contact that filled in the party, noted as used when booked
    recipient_contact = SealedField("")

    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    step = models.CharField(max_length=16, default="", blank=True)  # the last wizard step that was saved
    submission_key = models.UUIDField(null=True, editable=False)  # one form, sent twice, is one shipment
    batch: models.ForeignKey[Batch | None, Batch | None] = TenantForeignKey(  # type: ignore[assignment, misc]  # generic
        Batch, on_delete=models.SET_NULL, null=True, related_name="shipments", db_index=False
    )
    item_number = models.CharField(max_length=13, null=True)
    service = models.CharField(max_length=8, default="", blank=True)
    zone = models.CharField(max_length=16, default="", blank=True)
    destination = models.CharField(max_length=2, default="", blank=True)
    format = models.CharField(max_length=16, choices=Format.choices, default="", blank=True)
    contents = models.CharField(max_length=10, choices=Contents.choices, default="", blank=True)
    category = models.CharField(max_length=20, default="", blank=True)
    weight_g = models.PositiveIntegerField(null=True)
    length_mm = models.PositiveIntegerField(null=True)
    width_mm = models.PositiveIntegerField(null=True)
    height_mm = models.PositiveIntegerField(null=True)
    postage_hkd = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    final_postage_hkd = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    tariff_edition = models.CharField(max_length=32, default="", blank=True)
    valid_until = models.DateField(null=True)  # the last Hong Kong day on which the label may be handed in
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    booked_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)  # when everything sealed was removed, because it was old

    objects: ClassVar[ShipmentManager[Self]] = ScopedManager(account="account_id", _manager_class=ShipmentManager)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item_number"], name="shipment_item_number_once"),
            models.UniqueConstraint(fields=["account_id", "submission_key"], name="shipment_once_a_submission"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="shipment_status_known"),
            models.CheckConstraint(condition=Q(contents__in=["", *Contents.values]), name="shipment_contents_known"),
            models.CheckConstraint(condition=Q(format__in=["", *Format.values]), name="shipment_format_known"),
            models.CheckConstraint(
                condition=Q(weight_g__isnull=True) | Q(weight_g__gt=0), name="shipment_weight_above_nothing"
            ),
            models.CheckConstraint(
                condition=Q(postage_hkd__isnull=True) | Q(postage_hkd__gte=0), name="shipment_postage_not_negative"
            ),
            # A draft has no number; what was booked has its price, the edition that priced it and its last day.
            models.CheckConstraint(
                condition=~Q(status=Status.DRAFT) | Q(item_number__isnull=True, booked_at__isnull=True),
                name="shipment_draft_has_no_number",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.DRAFT)
                | Q(
                    postage_hkd__isnull=False,
                    valid_until__isnull=False,
                    booked_at__isnull=False,
                    weight_g__isnull=False,
                )
                & ~Q(service="")
                & ~Q(tariff_edition="")
                & ~Q(destination=""),
                name="shipment_booked_is_complete",
            ),
        ]
        indexes = [
            models.Index(F("account_id"), F("created_at").desc(), F("id"), name="shipment_newest"),
            models.Index(
                F("account_id"), F("status"), F("created_at").desc(), F("id"), name="shipment_newest_by_status"
            ),
            models.Index(
                F("account_id"),
                F("batch"),
                F("created_at").desc(),
                F("id"),
                condition=Q(batch__isnull=False),
                name="shipment_of_batch",
            ),
            models.Index(
                fields=["account_id", "updated_at"], condition=Q(status=Status.DRAFT), name="shipment_stale_drafts"
            ),
            models.Index(
                fields=["account_id", "valid_until"], condition=Q(status=Status.BOOKED), name="shipment_labels_ending"
            ),
            models.Index(
                fields=["account_id", "updated_at"],
                condition=Q(cleared_at=None) & ~Q(status__in=[Status.DRAFT, Status.BOOKED]),
                name="shipment_to_clear",
            ),
        ]

    def __str__(self) -> str:
        return self.item_number or str(self.pk)

    @property
    def is_draft(self) -> bool:
        return self.status == Status.DRAFT

    @property
    def is_local(self) -> bool:
        return self.destination == "HK"

    @property
    def may_cancel(self) -> bool:
        return self.status == Status.BOOKED

    @property
    def may_print(self) -> bool:
        """A label is worth printing from booking until the item is handed in, and for the record after that."""
        return not self.is_cleared and self.status not in {Status.DRAFT, Status.CANCELLED, Status.EXPIRED}

    @property
    def is_cleared(self) -> bool:
        """Whether its personal data were removed; what remains is about the item, not about people."""
        return self.cleared_at is not None

    def may_become(self, status: str) -> bool:
        return status in TRANSITIONS[self.status]
