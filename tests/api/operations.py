"""Every operation of the API in one table: how it is asked, and who may, in plain words written by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from addressbook.models import AddressBook
from tests.addressbook.exports.made import made_export
from tests.addressbook.imports.made import upload_read
from tests.api.calling import BOOKS, CONTACT, ROOT, SHIPMENTS, call
from tests.conftest import Person
from tests.shipments.booking import LONDON, SENDER, make_booked, make_draft
from tests.tracking.hooks import made_webhook, told

ALL = (Role.OWNER, Role.MANAGER, Role.CLERK, Role.VIEWER)
WORKING = (Role.OWNER, Role.MANAGER, Role.CLERK)
RUNNING = (Role.OWNER, Role.MANAGER)
OWNING = (Role.OWNER,)
READ_CONTACTS, WRITE_CONTACTS = ("contacts:read", "contacts:write"), ("contacts:write",)
EXPORT_CONTACTS = ("contacts:export",)
READ_SHIPMENTS, WRITE_SHIPMENTS = ("shipments:read", "shipments:write"), ("shipments:write",)
WEBHOOKS = ("webhooks:write",)
ANY = (
    "contacts:read", "contacts:write", "contacts:export", "shipments:read", "shipments:write", "log:read",
    "webhooks:write",
)  # fmt: skip
NOBODY: tuple[Any, ...] = ()

ITEM = {
    "description": "Cotton shirt for men", "quantity": 2, "weight_kg": "0.300", "value": "160.00", "currency": "HKD",
    "hs_code": "620520", "origin": "CN",
}  # fmt: skip
GOODS: dict[str, Any] = {
    "sender": SENDER, "recipient": LONDON, "contents": "goods", "weight_kg": "0.400", "format": "packet",
    "category": "gift", "items": [ITEM], "service": "ARM",
}  # fmt: skip
DRAFT = {
    **GOODS, "draft": True, "save_recipient": False, "destination": "GB", "zone": "", "category_words": "",
    "length_mm": 200, "width_mm": 100, "height_mm": 50, "non_delivery": "return", "reference": "order 1",
    "notes": "Call first", "importer_reference": "", "licence_number": "", "certificate_number": "",
    "invoice_number": "",
}  # fmt: skip
WHOLE_CONTACT = {
    **CONTACT, "company": "", "email": "ann@example.com", "phone": "+442079460123", "fax": "", "district": "",
    "state": "", "local_name": "", "local_lines": [], "can_send": False, "can_receive": True, "tags": ["Tea"],
    "notes": "",
}  # fmt: skip
QUESTION = {
    "destination": "GB", "zone": "", "weight_kg": "0.4", "contents": "goods", "format": "packet", "services": ["ARM"],
}  # fmt: skip
HOW_TO_READ = {
    "columns": ["name", "line1", ""],
    "country": "HK",
    "encoding": "utf-8",
    "delimiter": "comma",
    "has_headings": True,
}
WANTED = {
    "file_kind": "csv", "byte_order_mark": True, "language": "en", "q": "ann", "tag": "Tea", "country": "GB",
    "use": "recipient",
}  # fmt: skip
UPLOAD = {**HOW_TO_READ, "file": "TmFtZSxTdHJlZXQseApBbm4sMSBUZWEgTGFuZSwK", "file_name": "contacts.csv"}
EVENT = {
    "item_number": "RA100000003HK", "code": "EMA", "at": "2026-03-27T12:00:00Z", "place": "HKHKGA", "reason": "",
    "action": "",
}  # fmt: skip
HOOK = {"url": "https://hooks.example.com/ecship", "description": "Shop", "events": ["shipment.booked"]}


@dataclass(frozen=True)
class Operation:
    """One method of one address. `public`: nobody is asked who they are; `query`: the parameters it knows."""

    name: str
    method: str
    address: str
    scopes: tuple[str, ...] = ANY
    roles: tuple[str, ...] = ALL
    body: dict[str, Any] | None = None
    public: bool = False
    query: tuple[str, ...] = field(default=())
    is_own: bool = False  # what it names is whoever's asked for it: to colleagues with the same right it does not exist

    def __str__(self) -> str:
        return f"{self.method} {self.address}"

    @property
    def is_list(self) -> bool:
        """Whether the answer has rows, whose number must not count in statements."""
        return self.name in LISTS and (self.method == "GET" or self.name in SEARCHES)

    def send(self, client: Client, things: dict[str, str]) -> Any:
        body = None if self.body is None else fill(self.body, things)
        return call(client, self.method, self.address.format(**things), body)


def fill(value: Any, things: dict[str, str]) -> Any:
    """Put the things' ids where a body names them."""
    if isinstance(value, str):
        return things.get(value.strip("{}"), value) if value.startswith("{") else value
    if isinstance(value, dict):
        return {name: fill(item, things) for name, item in value.items()}
    return [fill(item, things) for item in value] if isinstance(value, list) else value


BOOK, CONTACT_AT, SHIPMENT = f"{BOOKS}{{book}}/", f"{ROOT}/contacts/{{contact}}/", f"{SHIPMENTS}{{draft}}/"
BOOKED, IMPORT = f"{SHIPMENTS}{{booked}}/", f"{ROOT}/imports/{{import}}/"
EXPORT = f"{ROOT}/exports/{{export}}/"
HOOKS, HOOK_AT = f"{ROOT}/webhooks/", f"{ROOT}/webhooks/{{webhook}}/"
PAGE = ("cursor", "page_size")
SEARCHES = {"api-contact-search", "api-shipments-search", "tracking-search", "api-quotes"}
LISTS = SEARCHES | {
    "api-access-log", "api-address-books", "api-exports", "api-imports", "api-shares", "api-contacts", "api-shipments",
    "api-destinations", "api-services", "api-webhooks", "api-webhook-deliveries",
}  # fmt: skip
OPERATIONS = [
    Operation("api-me", "GET", f"{ROOT}/me/"),
    Operation("api-access-log", "GET", f"{ROOT}/access-log/", ("log:read",), RUNNING, query=("action", "kind", *PAGE)),
    Operation("api-address-books", "GET", BOOKS, READ_CONTACTS, query=PAGE),
    Operation("api-address-books", "POST", BOOKS, WRITE_CONTACTS, RUNNING, {"name": "Customers", "access": "everyone"}),
    Operation("api-address-book", "GET", BOOK, READ_CONTACTS),
    Operation("api-address-book", "PATCH", BOOK, WRITE_CONTACTS, RUNNING, {"name": "Vendors"}),
    Operation("api-address-book", "DELETE", BOOK, WRITE_CONTACTS, RUNNING),
    Operation("api-shares", "GET", f"{BOOK}shares/", WRITE_CONTACTS, RUNNING, query=PAGE),
    Operation(
        "api-shares", "POST", f"{BOOK}shares/", WRITE_CONTACTS, RUNNING, {"email": "{email}", "permission": "view"}
    ),
    Operation("api-exports", "GET", f"{BOOK}exports/", EXPORT_CONTACTS, RUNNING, query=PAGE),
    Operation("api-exports", "POST", f"{BOOK}exports/", EXPORT_CONTACTS, RUNNING, WANTED),
    Operation("api-export", "GET", EXPORT, EXPORT_CONTACTS, RUNNING, is_own=True),
    Operation("api-export", "DELETE", EXPORT, EXPORT_CONTACTS, RUNNING, is_own=True),
    Operation("api-export-file", "GET", f"{EXPORT}file/", EXPORT_CONTACTS, RUNNING, is_own=True),
    Operation("api-imports", "GET", f"{BOOK}imports/", WRITE_CONTACTS, WORKING, query=PAGE),
    Operation("api-imports", "POST", f"{BOOK}imports/", WRITE_CONTACTS, WORKING, UPLOAD),
    Operation("api-import", "GET", IMPORT, WRITE_CONTACTS, WORKING),
    Operation("api-import", "PATCH", IMPORT, WRITE_CONTACTS, WORKING, HOW_TO_READ),
    Operation("api-import-commit", "POST", f"{IMPORT}commit/", WRITE_CONTACTS, WORKING, {"duplicates": "skip"}),
    Operation("api-import-undo", "POST", f"{ROOT}/imports/{{done_import}}/undo/", WRITE_CONTACTS, WORKING),
    Operation("api-import-failed-rows", "GET", f"{IMPORT}failed-rows/", WRITE_CONTACTS, WORKING),
    Operation("api-share", "DELETE", f"{ROOT}/shares/{{share}}/", WRITE_CONTACTS, RUNNING),
    Operation(
        "api-contacts", "GET", f"{BOOK}contacts/", READ_CONTACTS,
        query=("tag", "country", "favourite", "ordering", *PAGE),
    ),
    Operation("api-contacts", "POST", f"{BOOK}contacts/", WRITE_CONTACTS, WORKING, WHOLE_CONTACT),
    Operation(
        "api-contact-search", "POST", f"{BOOK}contacts/search/", READ_CONTACTS, ALL,
        {"q": "ann", "tag": "", "country": ""}, query=("ordering", *PAGE),
    ),
    Operation(
        "api-address-parse", "POST", f"{ROOT}/addresses/parse/", READ_CONTACTS, ALL,
        {"text": "Ann Lee, 8 Nathan Road, Mong Kok", "default_country": "HK"},
    ),
    Operation("api-contact", "GET", CONTACT_AT, READ_CONTACTS),
    Operation("api-contact-favourite", "POST", f"{CONTACT_AT}favourite/", READ_CONTACTS, ALL),
    Operation("api-contact-favourite", "DELETE", f"{CONTACT_AT}favourite/", READ_CONTACTS, ALL),
    Operation("api-contact", "PATCH", CONTACT_AT, WRITE_CONTACTS, WORKING, {"company": "Acme"}),
    Operation("api-contact", "DELETE", CONTACT_AT, WRITE_CONTACTS, WORKING),
    Operation("api-destinations", "GET", f"{ROOT}/destinations/", public=True),
    Operation("api-services", "GET", f"{ROOT}/services/", public=True),
    Operation("api-quotes", "POST", f"{ROOT}/quotes/", body=QUESTION, public=True),
    Operation(
        "api-shipments", "GET", SHIPMENTS, READ_SHIPMENTS,
        query=("status", "service", "destination", "created_after", *PAGE),
    ),
    Operation("api-shipments", "POST", SHIPMENTS, WRITE_SHIPMENTS, WORKING, DRAFT),
    Operation("api-shipments-search", "POST", f"{SHIPMENTS}search/", READ_SHIPMENTS, ALL, {"q": "edith"}, query=PAGE),
    Operation("api-shipment", "GET", SHIPMENT, READ_SHIPMENTS),
    Operation("api-shipment", "PATCH", SHIPMENT, WRITE_SHIPMENTS, WORKING, {"notes": "Fragile"}),
    Operation("api-shipment", "DELETE", SHIPMENT, WRITE_SHIPMENTS, WORKING),
    Operation("api-shipment-book", "POST", f"{SHIPMENT}book/", WRITE_SHIPMENTS, WORKING),
    Operation("api-shipment-cancel", "POST", f"{BOOKED}cancel/", WRITE_SHIPMENTS, WORKING),
    Operation(
        "api-shipment-label", "GET", f"{BOOKED}label/", READ_SHIPMENTS, WORKING,
        query=("output", "layout", "start", "dpi"),
    ),
    Operation(
        "api-shipment-customs", "GET", f"{BOOKED}customs/", READ_SHIPMENTS, WORKING,
        query=("document", "output", "layout", "start"),
    ),
    Operation(
        "api-shipment-receipt", "GET", f"{BOOKED}receipt/", READ_SHIPMENTS, WORKING,
        query=("output", "layout", "start"),
    ),
    Operation("tracking-item", "GET", f"{ROOT}/tracking/RA100000003HK/", public=True),
    Operation(
        "tracking-search", "POST", f"{ROOT}/tracking/search/", body={"item_numbers": ["RA100000003HK"]}, public=True
    ),
    Operation("api-webhooks", "GET", HOOKS, WEBHOOKS, OWNING, query=PAGE),
    Operation("api-webhooks", "POST", HOOKS, WEBHOOKS, OWNING, HOOK),
    Operation("api-webhook", "GET", HOOK_AT, WEBHOOKS, OWNING),
    Operation("api-webhook", "PATCH", HOOK_AT, WEBHOOKS, OWNING, {"description": "Shop"}),
    Operation("api-webhook", "DELETE", HOOK_AT, WEBHOOKS, OWNING),
    Operation("api-webhook-rotate", "POST", f"{HOOK_AT}rotate-secret/", WEBHOOKS, OWNING),
    Operation("api-webhook-test", "POST", f"{HOOK_AT}test/", WEBHOOKS, OWNING),
    Operation("api-webhook-deliveries", "GET", f"{HOOK_AT}deliveries/", WEBHOOKS, OWNING, query=PAGE),
    Operation("api-webhook-redeliver", "POST", f"{HOOK_AT}deliveries/{{delivery}}/redeliver/", WEBHOOKS, OWNING),
    Operation("tracking-events", "POST", f"{ROOT}/tracking/events/", NOBODY, NOBODY, EVENT),
]  # fmt: skip


def furnish(owner: Person, colleague: Person) -> dict[str, str]:
    """Make one of everything in the owner's account, and return the ids by the names that addresses use."""
    book = call(owner.client, "post", BOOKS, {"name": "Customers"}).json()["id"]
    contact = call(owner.client, "post", f"{BOOKS}{book}/contacts/", WHOLE_CONTACT).json()["id"]
    share = call(
        owner.client, "post", f"{BOOKS}{book}/shares/", {"email": colleague.user.email, "permission": "view"}
    ).json()["id"]
    with owner.scope():
        draft, booked = make_draft().pk, make_booked().pk
        into, now = AddressBook.objects.get(pk=book), timezone.now()
        hook = made_webhook("https://hooks.example.com/", now, by=owner.user.pk)
        delivery = told(hook, now).pk
        export = made_export(into, "Ann", now, by=owner.user.pk).pk
        waiting, done = upload_read(into, "Ann", now).pk, upload_read(into, "Ann", now, is_done=True).pk
    return {
        "book": book, "contact": contact, "share": share, "draft": str(draft), "booked": str(booked),
        "email": colleague.user.email, "import": str(waiting), "done_import": str(done), "export": str(export),
        "webhook": str(hook.pk), "delivery": str(delivery),
    }  # fmt: skip
