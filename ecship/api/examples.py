"""The examples in the API's schema, by operation; made-up people. A test holds each against its own schema."""

from __future__ import annotations

from typing import Any

from security import problems

BOOK = "4b1f6c1e-7a53-4c2e-9d0e-0c7a52b0d001"
CONTACT = "9a5e0f6e-2f0f-4c55-8c1a-3b8d0f1c7002"
SHIPMENT = "c0a8a1de-1f4b-4f0e-8a55-6f7f4f9b2003"
IMPORT = "2c61c9b4-0d47-4f0b-9f53-0a5d0e0f6005"
EXPORT = "5e0a7c3d-9b1f-4e62-8a4c-1f2b3c4d5006"
WEBHOOK = "8c2e5b1a-6d3f-4a90-9e77-3b4c5d6e7008"
SHARE = "7d9fd4f0-53a1-4f5e-a2a4-0e0b0c5d4004"
AT = "2026-11-24T08:30:00Z"


def add(operation: dict[str, Any]) -> None:
    """Put an operation's examples where OpenAPI has them."""
    asked, answered = EXAMPLES.get(operation["operationId"], (None, None))
    if asked is not None:
        for media in operation.get("requestBody", {}).get("content", {}).values():
            media["example"] = asked
    if answered is not None:
        for status, answer in operation["responses"].items():
            if status.startswith("2") and "application/json" in answer.get("content", {}):
                answer["content"]["application/json"]["example"] = answered


def problem_of(status: int) -> dict[str, Any]:
    """Return a problem as it looks."""
    errors = None
    if status == 400:
        errors = [{"pointer": "/weight_kg", "code": "required", "detail": "This field is required."}]
    return problems.problem(status, instance="5f0c2a1e4b7d4e0f9a3c6d8b7e2f1a00", errors=errors)


def _page(*results: dict[str, Any]) -> dict[str, Any]:
    return {"results": list(results), "next": None, "previous": None}


LONDON = {
    "name": "Jordan Example",
    "company": "",
    "email": "jordan@example.com",
    "phone": "+442079460123",
    "lines": ["12 Sample Road"],
    "district": "",
    "city": "London",
    "state": "",
    "postcode": "SW1A 1AA",
    "country": "GB",
    "local_name": "",
    "local_lines": [],
}
CENTRAL = {
    "name": "Chan Tai Man",
    "company": "Sample Trading Limited",
    "email": "shop@example.com",
    "phone": "+85291234567",
    "lines": ["Flat A, 12/F, Sample House", "1 Sample Street"],
    "district": "Central and Western",
    "city": "",
    "state": "Hong Kong",
    "postcode": "",
    "country": "HK",
    "local_name": "陳大文",
    "local_lines": ["中環樣本街1號", "樣本大廈12樓A室"],
}
CONTACT_FIELDS = {**LONDON, "fax": "", "can_send": False, "can_receive": True, "tags": ["overseas"], "notes": ""}
SAVED_CONTACT = {
    "id": CONTACT,
    "address_book": BOOK,
    **CONTACT_FIELDS,
    "created_at": AT,
    "updated_at": AT,
    "used_at": None,
    "is_favourite": False,
    "warnings": [],
}
SAVED_BOOK = {
    "id": BOOK,
    "name": "Customers",
    "access": "everyone",
    "is_default": False,
    "contact_count": 1,
    "permissions": ["contact.view", "contact.change"],
}
SAVED_SHARE = {"id": SHARE, "email": "bob@example.com", "permission": "view", "in_effect": True}
ITEM = {
    "description": "Cotton T-shirt",
    "quantity": 2,
    "weight_kg": "0.400",
    "value": "180.00",
    "currency": "HKD",
    "hs_code": "610910",
    "origin": "HK",
}
PARCEL = {
    "sender": CENTRAL,
    "recipient": LONDON,
    "items": [ITEM],
    "service": "ARM",
    "destination": "GB",
    "format": "packet",
    "contents": "goods",
    "category": "sale",
    "weight_kg": "0.450",
    "reference": "10234",
}
SAVED_SHIPMENT = {
    "id": SHIPMENT,
    "status": "booked",
    "item_number": "RA100000003HK",
    "zone": "GB",
    "category_words": "",
    "length_mm": None,
    "width_mm": None,
    "height_mm": None,
    "non_delivery": "return",
    "notes": "",
    "importer_reference": "",
    "licence_number": "",
    "certificate_number": "",
    "invoice_number": "",
    **PARCEL,
    "postage_hkd": "113.70",
    "final_postage_hkd": None,
    "tariff_edition": "2023-01-06",
    "valid_until": "2027-02-22",
    "created_at": AT,
    "booked_at": AT,
    "personal_data_removed_at": None,
}
EVENT = {"code": "EMA", "at": AT, "place": "HKHKGA"}
SEEN = {**EVENT, "place": "Hong Kong", "text": "Posted"}
TRACK = {"item_number": "RA100000003HK", "service": "registered", "state": "posted", "events": [SEEN]}
ME = {
    "user": {"email": "shop@example.com", "name": "Chan Tai Man"},
    "account": {"id": "0f9a6a3e-52a4-4f1c-8f7e-9a8f6f0a1005", "name": "Sample Trading Limited", "kind": "business"},
    "role": "owner",
    "scopes": ["contacts:read", "shipments:write"],
}
LOGGED = {
    "at": AT,
    "actor": {"kind": "user", "id": "1d1b6a5e-9a41-4f5c-8b52-5a4e8f0a6006", "name": "Chan Tai Man"},
    "action": "read",
    "kind": "contact",
    "ids": [CONTACT],
    "address": "192.0.2.7",
    "decision": "allowed",
    "request": "5f0c2a1e4b7d4e0f9a3c6d8b7e2f1a00",
}
NAMED = {"en": "United Kingdom", "zh-hant": "英國", "zh-hans": "英国"}
REGISTERED = {"en": "Air Registered", "zh-hant": "空郵掛號", "zh-hans": "空邮挂号"}
QUESTION = {
    "destination": "GB",
    "weight_kg": "0.450",
    "contents": "goods",
    "format": "packet",
    "services": ["ARM", "LRM"],
}
QUOTED = {
    "edition": "2023-01-06",
    "results": [
        {
            "service": "ARM",
            "name": "Air Registered",
            "postage_hkd": "113.70",
            "tracking_level": 1,
            "max_weight_kg": "2.000",
            "zone": "GB",
            "format": "packet",
        }
    ],
    "refused": [{"service": "LRM", "code": "not_served", "detail": "This service does not go to this destination."}],
}
SERVICE = {
    "code": "ARM",
    "name": REGISTERED,
    "tracking_level": 1,
    "max_weight_kg": "2.000",
    "is_local": False,
    "formats": True,
    "bookable": True,
    "suspensions": [],
}

PASTED = "Chan Tai Man\nFlat A, 12/F, Sample House\n1 Sample Street\nKowloon Tong\nTel 9123 4567"
PARSED = {
    "name": "Chan Tai Man",
    "company": "",
    "country": "HK",
    "lines": ["Flat A, 12/F, Sample House", "1 Sample Street"],
    "city": "Kowloon Tong",
    "district": "Kowloon City",
    "state": "Kowloon",
    "postcode": "",
    "local_name": "",
    "local_lines": [],
    "phone": "+852 9123 4567",
    "email": "",
    "fax": "",
    "unsure": [
        {
            "field": "district",
            "code": "several_districts",
            "detail": "The places that were named lie in more than one district.",
        }
    ],
    "left_over": [],
}

# By operation: what is asked, and what is answered.
UPLOAD = {"file": "TmFtZSxTdHJlZXQKSm9yZGFuLDEgVGVhIExhbmUK", "file_name": "contacts.csv", "country": "HK"}
SAVED_IMPORT = {
    "id": IMPORT,
    "address_book": BOOK,
    "state": "ready",
    "file_name": "contacts.csv",
    "file_kind": "csv",
    "problem": "",
    "rows": 3,
    "rows_done": 3,
    "valid": 2,
    "invalid": 1,
    "duplicates": 0,
    "possible_duplicates": 0,
    "added": 0,
    "updated": 0,
    "skipped": 0,
    "undone": 0,
    "kept": 0,
    "created_at": AT,
    "finished_at": None,
}
READ_IMPORT = {
    **SAVED_IMPORT,
    "columns": [{"heading": "Name", "column": "name"}, {"heading": "Street", "column": "line1"}],
    "errors": [{"row": 3, "field": "line1", "code": "required", "detail": "Enter the street, building or PO box."}],
    "failed_rows_url": f"/api/v1/imports/{IMPORT}/failed-rows/",
}
SAVED_EXPORT = {
    "id": EXPORT,
    "address_book": BOOK,
    "state": "ready",
    "file_kind": "csv",
    "problem": "",
    "contacts": 120,
    "contacts_done": 120,
    "left_out": 0,
    "size": 18_432,
    "file_url": f"/api/v1/exports/{EXPORT}/file/",
    "created_at": AT,
    "finished_at": AT,
    "expires_at": "2026-11-25T08:30:00Z",
}
BEGUN_EXPORT = {
    **SAVED_EXPORT,
    "state": "making",
    "contacts_done": 0,
    "size": 0,
    "file_url": None,
    "finished_at": None,
    "expires_at": None,
}
SAVED_WEBHOOK = {
    "id": WEBHOOK,
    "url": "https://shop.example.com/ecship",
    "description": "Shop",
    "events": ["shipment.booked", "shipment.delivered"],
    "state": "active",
    "problem": "",
    "failing_since": None,
    "old_secret_until": None,
    "created_at": AT,
    "updated_at": AT,
}
SECRET = "whsec_bm90IGEgc2VjcmV0OiBhbiBleGFtcGxlIG9mIG9uZSE="  # noqa: S105 - it says that it is none
DELIVERY = {
    "id": "2f6d1c3b-7a90-4f0e-8b11-5d2c9e7a4012",
    "webhook": WEBHOOK,
    "message_id": "msg_2f6d1c3b7a904f0e8b115d2c9e7a4012",
    "event": "shipment.booked",
    "at": AT,
    "shipment": SHIPMENT,
    "item_number": "RA100000003HK",
    "status": "booked",
    "state": "delivered",
    "attempts": 1,
    "last_attempt_at": AT,
    "next_attempt_at": None,
    "status_code": 204,
    "failure": None,
}
WAITING_DELIVERY = {
    **DELIVERY,
    "state": "waiting",
    "attempts": 0,
    "last_attempt_at": None,
    "next_attempt_at": AT,
    "status_code": None,
}
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "me": (None, ME),
    "access_log": (None, _page(LOGGED)),
    "address_books_list": (None, _page(SAVED_BOOK)),
    "address_books_create": ({"name": "Customers"}, SAVED_BOOK),
    "address_books_read": (None, SAVED_BOOK),
    "address_books_change": ({"name": "Customers"}, SAVED_BOOK),
    "address_books_contacts_list": (None, _page(SAVED_CONTACT)),
    "address_books_contacts_create": (CONTACT_FIELDS, SAVED_CONTACT),
    "address_books_contacts_search": ({"q": "jordan"}, _page(SAVED_CONTACT)),
    "address_books_exports_list": (None, _page(SAVED_EXPORT)),
    "address_books_exports_create": ({"file_kind": "csv", "tag": "overseas"}, BEGUN_EXPORT),
    "exports_read": (None, SAVED_EXPORT),
    "address_books_imports_list": (None, _page(SAVED_IMPORT)),
    "address_books_imports_create": (UPLOAD, READ_IMPORT | {"state": "reading", "rows": 0, "valid": 0, "invalid": 0}),
    "imports_read": (None, READ_IMPORT),
    "imports_change": ({"columns": ["name", "line1", ""], "has_headings": True}, READ_IMPORT),
    "imports_commit": ({"duplicates": "skip", "possible_duplicates": "add"}, READ_IMPORT | {"state": "running"}),
    "imports_undo": (None, READ_IMPORT | {"state": "undoing", "added": 2}),
    "address_books_shares_list": (None, _page(SAVED_SHARE)),
    "address_books_shares_create": ({"email": "bob@example.com", "permission": "view"}, SAVED_SHARE),
    "addresses_parse": ({"text": PASTED}, PARSED),
    "contacts_read": (None, SAVED_CONTACT),
    "contacts_star": (None, SAVED_CONTACT | {"is_favourite": True}),
    "contacts_change": ({"phone": "+442079460123"}, SAVED_CONTACT),
    "destinations": (None, {"results": [{"code": "GB", "zone": "", "name": NAMED}]}),
    "services": (None, {"results": [SERVICE]}),
    "quotes": (QUESTION, QUOTED),
    "shipments_list": (None, _page(SAVED_SHIPMENT)),
    "shipments_create": (PARCEL, {**SAVED_SHIPMENT, "warnings": []}),
    "shipments_read": (None, SAVED_SHIPMENT),
    "shipments_change": ({"weight_kg": "0.450"}, SAVED_SHIPMENT),
    "shipments_book": (None, SAVED_SHIPMENT),
    "shipments_cancel": (None, {**SAVED_SHIPMENT, "status": "cancelled"}),
    "shipments_search": ({"q": "10234"}, {**_page(SAVED_SHIPMENT), "searched_until": None}),
    "tracking_item": (None, TRACK),
    "tracking_search": ({"item_numbers": ["RA100000003HK"]}, {"results": [TRACK], "malformed": []}),
    "webhooks_list": (None, _page(SAVED_WEBHOOK)),
    "webhooks_create": (
        {"url": "https://shop.example.com/ecship", "description": "Shop", "events": SAVED_WEBHOOK["events"]},
        {**SAVED_WEBHOOK, "secret": SECRET},
    ),
    "webhooks_read": (None, SAVED_WEBHOOK),
    "webhooks_change": ({"state": "active"}, SAVED_WEBHOOK),
    "webhooks_rotate_secret": (None, {**SAVED_WEBHOOK, "old_secret_until": AT, "secret": SECRET}),
    "webhooks_test": (
        None,
        {**WAITING_DELIVERY, "event": "webhook.test", "shipment": None, "item_number": None, "status": None},
    ),
    "webhooks_deliveries_list": (None, _page(DELIVERY)),
    "webhooks_redeliver": (None, WAITING_DELIVERY),
    "tracking_events": (
        {"item_number": "RA100000003HK", **EVENT},
        {"results": [{"item_number": "RA100000003HK", **SEEN, "is_new": True}]},
    ),
}
