"""What shipments bring into a copy of the account: all that their labels, customs forms and pages are made of.

And what is put together for many recipients, whose drafts are not made yet.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.copies.sections import Found, Row, Section, add, page_of
from shipments.models import Batch, Shipment

NOT_GIVEN = frozenset({"account_id", "sealed", "key_version", "submission_key"})  # nothing of people, or noise
SEALED = (
    "sender", "recipient", "items", "category_words", "reference", "notes", "non_delivery", "importer_reference",
    "licence_number", "certificate_number", "invoice_number", "sender_contact", "recipient_contact",
)  # fmt: skip
BARE = tuple(item.attname for item in Shipment._meta.concrete_fields if item.attname not in NOT_GIVEN)
OF_BATCHES = (
    "id", "state", "rows", "created_at", "updated_at", "chosen", "left_out", "references", "pattern", "failures",
)  # fmt: skip
TABLE = (
    "item_number", "status", "service", "destination", "contents", "weight_g", "postage_hkd", "final_postage_hkd",
    "created_at", "booked_at", "valid_until", "reference",
)  # fmt: skip


def register() -> None:
    words = _("shipments: addresses, contents, prices, and what their labels and customs forms say")
    add(Section("shipments", words, _shipments, "shipment", lambda: TABLE))
    add(Section("batches", _("shipments for many recipients that are put together"), _batches, "batch"))


def _shipments(place: str) -> Found:
    def plain(shipment: Shipment) -> Row:
        return {name: getattr(shipment, name) for name in (*BARE, *SEALED)}

    return page_of(Shipment.objects.all(), place, plain, columns=TABLE)


def _batches(place: str) -> Found:
    def plain(batch: Batch) -> Row:
        return {name: getattr(batch, name) for name in OF_BATCHES}

    return page_of(Batch.objects.all(), place, plain)
