"""The attacks that follow from the list of addresses: every address, every method, every reference a foreign one.

`REGISTRY` says how the requests of an address are made. A new address needs one line in it: `"name": [ask()]`, where
the parameters of the path are filled by their names with what the victim has (`tests.walls.furnishing`). A body says
which of its fields name an object: `ask({"contact": "{contact_id}"})`. A parameter that is to be something else stands
beside it: `ask(shipment_id="{own_draft_id}")`; `own_...` is the attacker's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation
from django.utils.http import urlencode

from security import marks
from security.marks import Door
from tests.shipments.booking import SENDER, SHIRT, typed_lines, typed_party
from tests.soap.speaking import Program

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
WRITING = {"POST", "PUT", "PATCH", "DELETE"}
PLACE = re.compile(r"<(?:\w+:)?(?P<name>\w+)>|\(\?P<(?P<group>\w+)>(?:\[[^]]*\]|[^)])*\)")
REFERENCE = re.compile(r"{(?!own_|known_)\w+}")


@dataclass(frozen=True)
class Address:
    """One address of the site: its pattern, its route, its view's name and its parameters' names."""

    pattern: URLPattern
    route: str
    name: str
    parameters: tuple[str, ...]
    is_console: bool = False

    def __str__(self) -> str:
        return self.name or self.route

    def fill(self, values: dict[str, Any]) -> str:
        """Return the path with its parameters filled in. Raises KeyError for one that nobody has a value for."""
        filled = PLACE.sub(lambda found: str(values[found["name"] or found["group"]]), self.route)
        return "/" + re.sub(r"\^|\$$", "", filled)

    def mark(self, method: str) -> marks.Mark | None:
        return marks.mark_of(self.pattern.callback, method, self.name)

    def is_closed(self, method: str) -> bool:
        """Tell whether it asks who is there before it answers."""
        mark = self.mark(method)
        return mark is None or mark.door not in {Door.PUBLIC, Door.ENTRANCE}

    @property
    def is_api(self) -> bool:
        return self.route.startswith("api/")

    @property
    def is_soap(self) -> bool:
        """Whether it is many operations in one: tests/soap goes through them, each by its own mark."""
        return self.name.startswith("soap")

    @property
    def is_foreign(self) -> bool:
        """Whether it is a library's: those run in the identity context or for staff, where no account is."""
        return any(self.name.startswith(view.names) for view in marks.FOREIGN_VIEWS)


@cache
def addresses() -> list[Address]:
    """Return the addresses of the customers' site."""
    with translation.override("en"):
        return list(_walk(get_resolver("ecship.urls").url_patterns, "", "", False))


@cache
def console_addresses() -> list[Address]:
    """Return the addresses of the staff console."""
    with translation.override("en"):
        return list(_walk(get_resolver("ecship.console_urls").url_patterns, "", "", True))


def _walk(patterns: Any, before: str, namespace: str, is_console: bool) -> Iterator[Address]:
    for entry in patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, route, inner, is_console)
        else:
            parameters = tuple(found["name"] or found["group"] for found in PLACE.finditer(route))
            yield Address(entry, route, namespace + (entry.name or ""), parameters, is_console)


@dataclass(frozen=True)
class Ask:
    """How one request is made: its body, its query, and what its path's parameters are where not by their names."""

    body: dict[str, Any] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)
    operation: str = ""  # of SOAP, called with the attacker's own integrator


def ask(
    body: dict[str, Any] | None = None, *, query: dict[str, str] | None = None, operation: str = "", **path: str
) -> Ask:
    return Ask(body or {}, query or {}, path, operation)


@dataclass(frozen=True)
class Request:
    """One request of the corpus, not yet filled in."""

    address: Address
    method: str
    ask: Ask
    number: int
    as_json: bool
    is_probe: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.address} {self.number}"

    @property
    def names_foreign_object(self) -> bool:
        """Whether its path names an object of the victim's, so that a stranger must be refused."""
        named = {*self.address.parameters} - self.ask.path.keys() - NO_REFERENCE - {"token"}
        named |= {name for name, value in self.ask.path.items() if REFERENCE.search(value)}
        return bool(named) and self.address.is_closed(self.method) and self.method != "OPTIONS"

    def send(self, client: Client, values: dict[str, Any]) -> list[Any]:
        """Send it, and look where it leads; return the answers."""
        response = self._send(client, values)
        onward = response.headers.get("Location", "")
        leads_on = self.method in WRITING and response.status_code == 302 and onward.startswith("/")
        return [response, client.get(onward)] if leads_on else [response]

    def _send(self, client: Client, values: dict[str, Any]) -> Any:
        path = {name: value.format(**values) for name, value in self.ask.path.items()}
        target = self.address.fill({**values, **path})
        if self.ask.query:
            target += "?" + urlencode(_filled(self.ask.query, values))
        if self.method in {"GET", "HEAD", "OPTIONS"}:
            return client.generic(self.method, target)
        body = _filled(self.ask.body, values)
        if self.ask.operation and self.method == "POST":
            program: Program = values["own_program"]
            return program.send(self.ask.operation, body, path=target)
        if self.as_json:
            return client.generic(self.method, target, json.dumps(body), content_type="application/json")
        return client.generic(self.method, target, urlencode(body), content_type="application/x-www-form-urlencoded")


def _filled(value: Any, values: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(item, values) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    return value.format(**values) if isinstance(value, str) else value


def asks_of(address: Address) -> list[Ask]:
    """Return how an address is asked. Raises LookupError, with what to do, for an address without a line."""
    if (line := line_of(address)) in REGISTRY:
        return REGISTRY[line]
    raise LookupError(
        f"/{address.route} has no line in tests/walls/corpus.py: add "
        f'"{address.name}": [ask()], with the fields of its body that name an object.'
    )


def line_of(address: Address) -> str:
    """Return the name under which an address stands in the list: its own, or that of a library's addresses."""
    for library in ("admin:", "account_", "mfa_", "usersessions_"):
        if address.name.startswith(library):
            return f"{library}*"
    return address.name


@cache
def requests(*, of_console: bool = False) -> list[Request]:
    """Return the whole corpus: every method, and where there is a body, as form and as JSON, plain and with probes."""
    corpus = []
    for address in console_addresses() if of_console else addresses():
        for number, asked in enumerate(asks_of(address)):
            probing = replace(asked, body={**PROBES, **asked.body})
            for method in METHODS:
                corpus.append(Request(address, method, asked, number, address.is_api))
                if method in WRITING and not address.is_foreign:
                    corpus.append(Request(address, method, probing, number, address.is_api, is_probe=True))
                    corpus.append(Request(address, method, probing, number, not address.is_api, is_probe=True))
    return corpus


def plain(corpus: list[Request], refused: set[str]) -> list[Request]:
    """Return what a wall can decide about: whatever takes a reference, and the reading of every closed page of ours.

    Left out are probes, questions about a page rather than for it, and methods that the address itself `refused`.
    """
    return [
        request
        for request in corpus
        if not (request.is_probe or request.method in {"HEAD", "OPTIONS"} or str(request) in refused)
        and (takes_reference(request.address) or (request.method == "GET" and request.address.is_closed("GET")))
        and not request.address.is_foreign
    ]


def takes_reference(address: Address) -> bool:
    """Tell whether an address is asked for, or sent, something of somebody else's."""
    return any(
        set(address.parameters) - asked.path.keys() - NO_REFERENCE
        or REFERENCE.search(json.dumps([asked.body, asked.query, asked.path]))
        for asked in asks_of(address)
    )


# How each address is asked -----------------------------------------------------------------------------------

NO_REFERENCE = {"service", "key", "app_label", "url", "uidb36"}
# Fields that no body has: an address that believed one would let a row be planted or moved.
PROBES = {
    "id": "{contact_id}", "pk": "{contact_id}", "account": "{account_id}", "account_id": "{account_id}",
    "book": "{book_id}", "book_id": "{book_id}", "address_book": "{book_id}", "user": "{user_id}",
    "user_id": "{user_id}", "contact": "{contact_id}", "shipment_id": "{shipment_id}",
}  # fmt: skip
PERSON = {"name": "Nobody special", "lines": ["1 Sample Street"], "country": "HK", "district": "Sha Tin"}
TYPED = typed_party(SENDER)
CONTACT = {**TYPED, "line1": "18 Sample Street"}
PASTED = {"action": "paste", "pasted": "Wong Mei, 12 Tea Lane, Sha Tin"}
NESTED = {"draft": True, "sender": {"contact": "{contact_id}"}, "recipient": {"contact": "{contact_id}"}}
EVENT = {"item_number": "{number}", "code": "EMA", "at": "2026-03-27 14:30", "place": "Kowloon"}
BOOK = {"name": "Renamed", "access": "everyone"}
SELECTED = {"contact": "{contact_id}", "which": "ticked", "to": "{own_book_id}", "word": "mine", "tagging": "on"}
ALL = {"which": "all", "to": "{book_id}"}
DRAFT: dict[str, Any] = {"shipment_id": "{draft_id}"}
OWN_DRAFT: dict[str, Any] = {"shipment_id": "{own_draft_id}"}
USE = {"action": "use contact", "contact": "{contact_id}"}
HOOK = {"url": "https://hooks.example.com/mine", "description": "Mine", "events": "shipment.booked"}
ONLY = [ask()]
SOAP = [
    ask({"itemNo": "{number}"}, operation="getMTTInfo", service="Tracking"),
    ask({"itemNo": "{number}"}, operation="getTTInfo", service="Tracking"),
    ask({"orderNo": "{shipment_id}"}, operation="getOrderInfo", service="Posting"),
    ask({"orderNo": "{draft_id}"}, operation="getTemporaryOrderInfo", service="Posting"),
    ask({"itemNo": ["{number}"], "printMode": "0"}, operation="getAddressPack", service="Posting"),
    ask({"itemNo": "{number}"}, operation="getCOP", service="Posting"),
    ask({"itemNo": "{number}"}, operation="getSoazAddressPack", service="SoazPosting"),
    ask({"searchParam": "{number}"}, operation="getItemNo", service="Posting"),
    ask({"searchParam": "wong"}, operation="getItemNo", service="Posting"),
    ask({"itemNo": "{number}", "orderNo": "{shipment_id}"}, operation="cancelOrder", service="Posting"),
    ask({"itemNo": "{number}"}, operation="cancelOrder", service="Posting"),
    ask({"orderNo": "{draft_id}"}, operation="cancelTemporaryOrder", service="Posting"),
]

REGISTRY: dict[str, list[Ask]] = {
    # the site itself
    "healthz": ONLY, "robots": ONLY, "home": ONLY, "privacy": ONLY, "terms": ONLY, "accessibility": ONLY,
    "retention": ONLY,
    "contact": ONLY, "gallery": ONLY, "api-schema": ONLY, "api-docs": ONLY,
    # libraries: the attacker has no token of the victim's, and ids of their own tables are small numbers
    "admin:*": [ask(object_id="1", app_label="shipments", url="x")],
    "account_*": [ask({"email": "{known_email}"}, key="x", uidb36="x")],
    "mfa_*": [ask(pk="1")],
    "usersessions_*": ONLY,
    # detection
    "suspension:appeal": [ask({"words": "It was not me"})],
    "stay_signed_in": ONLY,
    "end_session": [ask(reference="x")],
    "lost_factor": ONLY,
    "company_sign_in": [ask({"email": "{known_email}"})],
    "company_sign_in_at": [ask(name="sample")],
    "company_callback": [ask(query={"code": "x", "state": "x"}, name="sample")],
    "keep_account": [ask(token="x")],
    "stop_recovery": [ask(token="x")],
    "finish_recovery": [ask({"password": "x"}, token="x")],
    "not_me": [ask(token="x")],
    # accounts
    "api-me": ONLY, "api-access-log": ONLY,
    "accounts:overview": ONLY,
    "accounts:you": [ask({"name": "Renamed", "language": "en"}), ask(query={"joined": "{account_id}"})],
    "accounts:open": [ask({"kind": "personal", "name": "Another"})],
    "accounts:delete": [ask({"name": "not its name"})],
    "accounts:keep": ONLY,
    "accounts:close-sign-in": [ask({"email": "not@example.com"})],
    "accounts:copies": [ask({})],
    "accounts:copy": [ask(), ask(copy_id="{stopped_copy_id}")],
    "accounts:copy-file": ONLY,
    "accounts:copy-remove": ONLY,
    "accounts:copy-go-on": [ask(copy_id="{stopped_copy_id}")],
    "accounts:own-data": ONLY,
    "accounts:factor-rule": [ask({"required": "on", "grace_days": "0"})],
    "accounts:settings": [ask({"name": "Renamed"})],
    "accounts:invite": [ask({"email": "friend@example.com", "role": "clerk"})],
    "accounts:withdraw": ONLY,
    "accounts:role": [ask({"role": "viewer"})],
    "accounts:remove": ONLY,
    "accounts:leave": ONLY,
    "accounts:switch": ONLY,
    "accounts:teams": ONLY,
    "accounts:add-team": [ask({"name": "Renamed"})],
    "accounts:team": ONLY,
    "accounts:rename-team": [ask({"name": "Renamed"})],
    "accounts:put-into-team": [ask({"member": "{member_id}"}), ask({"member": "{member_id}"}, team_id="{own_team_id}")],
    "accounts:take-out-of-team": ONLY,
    "accounts:dissolve-team": ONLY,
    "accounts:activate": ONLY,
    "accounts:join": ONLY,
    "accounts:keys": ONLY,
    "accounts:add-key": [ask({"name": "Mine", "scopes": "contacts:read", "lifetime_days": "30"})],
    "accounts:end-key": ONLY,
    "accounts:integrators": ONLY,
    "accounts:let-integrator": [ask({"name": "renamed"})],
    "accounts:confirm-integrator": [ask(token="x")],
    "accounts:end-integrator-link": ONLY,
    "accounts:add-integrator": [ask({"name": "another", "fresh_minutes": "0"})],
    "accounts:integrator": [ask({"fresh_minutes": "5"})],
    "accounts:integrator-key": ONLY,
    "accounts:end-integrator": ONLY,
    "accounts:access-log": ONLY,
    # notices of incidents
    "notices:notices": ONLY, "notices:notice": ONLY, "notices:download": ONLY,
    # address books
    "addressbook:books": ONLY,
    "addressbook:add-book": [ask(BOOK)],
    "addressbook:who": ONLY,
    "addressbook:contacts": [ask(), ask(query={"deleted": "{deleted_id}"}, book_id="{own_book_id}")],
    "addressbook:search": [ask({"q": "wong"}), ask({"q": "", "order": "name"})],
    "addressbook:delete-selected": [ask(SELECTED), ask(SELECTED, book_id="{own_book_id}")],
    "addressbook:tag-selected": [ask(SELECTED), ask(SELECTED, book_id="{own_book_id}")],
    "addressbook:move-selected": [ask(SELECTED), ask(SELECTED, book_id="{own_book_id}"), ask(ALL)],
    "addressbook:copy-selected": [ask(SELECTED), ask(SELECTED, book_id="{own_book_id}"), ask(ALL)],
    "addressbook:compare-selected": [ask(SELECTED), ask(SELECTED, book_id="{own_book_id}")],
    "addressbook:undo-selected": [ask({"key": "0" * 32})],
    "addressbook:bin": ONLY,
    "addressbook:restore-selected": [ask({"contact": "{deleted_id}"}),
                                     ask({"contact": "{deleted_id}"}, book_id="{own_book_id}")],
    "addressbook:duplicates": [ask(), ask(query={"different": ""})],
    "addressbook:look": ONLY,
    "addressbook:compare": [ask(), ask(book_id="{own_book_id}")],
    "addressbook:dismiss": [ask(), ask(book_id="{own_book_id}")],
    "addressbook:part": [ask(), ask(book_id="{own_book_id}")],
    "addressbook:export-selected": [ask(SELECTED), ask(SELECTED, book_id="{own_book_id}"), ask(ALL)],
    "addressbook:exports": [ask({"kind": "csv"}), ask({"kind": "csv", **SELECTED}),
                            ask({"kind": "csv", **SELECTED}, book_id="{own_book_id}")],
    "addressbook:export": [ask(), ask(export_id="{stopped_export_id}")],
    "addressbook:export-file": ONLY,
    "addressbook:export-remove": ONLY,
    "addressbook:export-go-on": [ask(export_id="{stopped_export_id}")],
    "addressbook:imports": [ask({"country": "HK"})],
    "addressbook:import": ONLY,
    "addressbook:import-columns": [ask({"column0": "name", "country": "HK", "remember": "mine"})],
    "addressbook:import-carry-out": [ask({"duplicates": "add"})],
    "addressbook:import-undo": [ask(import_id="{done_import_id}")],
    "addressbook:import-give-up": ONLY,
    "addressbook:import-go-on": ONLY,
    "addressbook:import-left-out": [ask(), ask(import_id="{done_import_id}")],
    "addressbook:forget-import-profile": [ask({"book": "{own_book_id}"}), ask({"book": "{book_id}"})],
    "addressbook:book-settings": [ask(BOOK)],
    "addressbook:share": [ask({"email": "{known_email}", "level": "manage"}),
                          ask({"email": "{known_email}", "level": "manage"}, book_id="{own_book_id}")],
    "addressbook:unshare": ONLY,
    "addressbook:share-with-team": [ask({"team": "{team_id}", "level": "manage"}),
                                    ask({"team": "{team_id}", "level": "manage"}, book_id="{own_book_id}"),
                                    ask({"team": "{own_team_id}", "level": "manage"})],
    "addressbook:unshare-with-team": [ask(), ask(book_id="{own_book_id}")],
    "addressbook:delete-book": ONLY,
    "addressbook:add-contact": [ask(CONTACT), ask(PASTED)],
    "addressbook:add-to-default": [ask(CONTACT)],
    "addressbook:address-fields": [ask(CONTACT)],
    "addressbook:contact": ONLY,
    "addressbook:favourite": [ask({"star": "on"}), ask({"star": "off"})],
    "addressbook:edit-contact": [ask(CONTACT), ask(CONTACT, contact_id="{own_contact_id}")],
    "addressbook:delete-contact": ONLY,
    "addressbook:restore-contact": [ask(contact_id="{deleted_id}")],
    "api-address-books": [ask(BOOK)],
    "api-address-book": [ask(BOOK)],
    "api-contacts": [ask(PERSON)],
    "api-contact-search": [ask({"q": "", "tag": ""})],
    "api-address-parse": [ask({"text": "Wong Mei, 12 Tea Lane, Sha Tin"})],
    "api-shares": [ask({"email": "{known_email}", "permission": "manage"}),
                   ask({"email": "{known_email}", "permission": "manage"}, book_id="{own_book_id}")],
    "api-share": ONLY,
    "api-exports": [ask({"file_kind": "csv"}), ask({"file_kind": "csv", "contacts": ["{contact_id}"]}),
                    ask({"file_kind": "csv", "contacts": ["{contact_id}"]}, book_id="{own_book_id}")],
    "api-export": ONLY,
    "api-export-file": ONLY,
    "api-imports": [ask({"file": "TmFtZQpBbm4K", "file_name": "mine.csv"})],
    "api-import": [ask({"columns": ["name", "line1", ""], "country": "HK"})],
    "api-import-commit": [ask({"duplicates": "add"})],
    "api-import-undo": [ask(import_id="{done_import_id}")],
    "api-import-failed-rows": [ask(), ask(import_id="{done_import_id}")],
    "api-contact-favourite": ONLY,
    "api-contact": [ask({"notes": "Changed"}), ask({"notes": "Changed"}, contact_id="{own_contact_id}")],
    # shipments
    "shipments:quote": ONLY,
    "shipments:list": ONLY,
    "shipments:search": [ask({"q": "{number}"}), ask({"q": "wong"})],
    "shipments:new": [ask({"submission_key": "{submission_key}"})],
    "shipments:ship-to": [ask(SELECTED), ask(SELECTED, book_id="{own_book_id}"), ask(ALL)],
    "shipments:batches": ONLY,
    "shipments:batch": [ask(), ask(batch_id="{made_batch_id}")],
    "shipments:batch-recipients": [
        ask({"recipient": "{contact_id}"}),
        ask({"recipient": "{own_contact_id}", "shipment": "{shipment_id}"}, batch_id="{own_batch_id}"),
    ],
    "shipments:batch-step": [
        ask(TYPED, key="sender"),
        ask({"contents": "documents", "weight_g": "20"}, key="contents"),
        ask({"category": "gift", "non_delivery": "return", **typed_lines(SHIRT)}, key="customs"),
        ask(USE, key="sender", batch_id="{own_batch_id}"),
    ],
    "shipments:batch-service": [ask({"service": "ARM"})],
    "shipments:batch-make": ONLY,
    "shipments:batch-book": [ask({"postage_hkd": "1"}, batch_id="{made_batch_id}")],
    "shipments:batch-delete": [ask(), ask(batch_id="{made_batch_id}")],
    "shipments:shipment": ONLY,
    "shipments:review": [ask({"postage_hkd": "1"}, **DRAFT)],
    "shipments:done": ONLY,
    "shipments:cancel": ONLY,
    "shipments:delete": [ask(**DRAFT)],
    "shipments:again": ONLY,
    "shipments:step": [
        ask(TYPED, key="sender", **DRAFT),
        ask({"contents": "documents", "weight_g": "20"}, key="contents", **DRAFT),
        ask({"category": "gift", "non_delivery": "return", **typed_lines(SHIRT)}, key="customs", **DRAFT),
        ask({"service": "ARM"}, key="service", **DRAFT),
        ask(USE, key="sender", **OWN_DRAFT),
        ask(USE, key="recipient", **OWN_DRAFT),
        ask({"book_search": "wong", "action": "find"}, key="recipient", **OWN_DRAFT),
        ask(PASTED, key="recipient", **DRAFT),
    ],
    # SOAP: every operation that takes a reference, called with the attacker's own key and link
    "soap": [*SOAP, ask(query={"wsdl": ""}, service="Posting")],
    "soap-trial": SOAP[2:4],
    "api-quotes": [ask({"destination": "GB", "weight_kg": "0.1", "contents": "documents"})],
    "api-destinations": ONLY,
    "api-services": ONLY,
    "api-shipments": [ask(NESTED), ask({"draft": True, "sender": {"contact": "{contact_id}"}})],
    "api-shipments-search": [ask({"q": "{number}"}), ask({"q": "wong"})],
    "api-shipment": [ask({"notes": "Changed"}, **DRAFT), ask(NESTED, **OWN_DRAFT), ask()],
    "api-shipment-book": [ask(**DRAFT)],
    "api-shipment-cancel": ONLY,
    "api-shipment-label": ONLY,
    "api-shipment-customs": [ask(), ask(query={"document": "invoice"})],
    "api-shipment-receipt": ONLY,
    # documents
    "labels:labels": [ask(batch_id="{made_batch_id}")],
    "labels:label": ONLY,
    "labels:customs": [ask(), ask(query={"document": "invoice"})],
    "labels:receipt": ONLY,
    # the staff console
    # What would open a case is left out: who may do so would then see, masked, what the case is for.
    "console:dashboard": ONLY, "console:you": ONLY,
    "console:audit": [ask(), ask(query={"which": "events"}), ask(query={"account_id": "{account_id}"})],
    "console:audit-file": [ask(), ask(query={"which": "events"})],
    "console:figures": ONLY, "console:health": ONLY, "console:thresholds": ONLY,
    "console:threshold": [ask(threshold="ladder.case")],
    "console:propose-threshold": [ask({"value": "x", "reason": ""}, threshold="ladder.case")],
    "console:tighten-threshold": [ask({"reason": ""}, threshold="ladder.case")],
    "console:decide-threshold": [ask({"approve": "1"}, threshold="ladder.case", change_id="{change_id}")],
    "console:actors": ONLY,
    "console:actor": [ask(kind="user", actor_id="{user_id}"), ask(kind="key", actor_id="{key_id}")],
    "console:suspend": [ask(kind="x", actor_id="{user_id}")],  # who may do so would suspend the victim, rightly
    "console:suspensions": [ask(), ask(query={"which": "all"})],
    "console:suspension": ONLY, "console:release": ONLY, "console:withdraw": ONLY,
    "console:freeze": [ask({"feature": "x", "size": "all"})], "console:thaw": ONLY,
    "console:appeals": ONLY, "console:appeal": ONLY, "console:answer-appeal": [ask({"words": "Hm"})],
    "console:sources": [ask(), ask(query={"which": "all"})], "console:lift": ONLY,
    "console:cases": ONLY, "console:all-cases": ONLY,
    "console:open-case": [ask({"account_id": "{account_id}", "ticket": "", "reason": ""})],
    "console:case": ONLY, "console:end-case": ONLY, "console:consent": ONLY,
    "console:section": [ask(name=name) for name in ("member", "contact", "shipment")],
    "console:reveal": [
        ask(name="member", row_id="{member_id}"),
        ask(name="contact", row_id="{contact_id}"),
        ask(name="shipment", row_id="{shipment_id}"),
    ],
    "incidents:incidents": [ask(), ask(query={"state": "gather"})],
    "incidents:open": [ask({"title": "Something", "since": "2026-03-27 14:30", "actors": "user:x"})],
    "incidents:incident": ONLY,
    "incidents:move": [ask({"to": "contain"})],
    "incidents:suspend": ONLY, "incidents:end-sessions": ONLY,
    "incidents:freeze": [ask({"feature": "nothing", "size": "all"})],
    "incidents:block": [ask({"network": "0.0.0.0/0", "hours": "1", "reason": "Nobody at all"})],
    "incidents:note": [ask({"words": "Seen"})],
    "incidents:reach": [ask({"since": "2026-03-27 14:30", "endpoints": "api-contact"})],
    "incidents:make-report": ONLY,
    "incidents:report": ONLY, "incidents:report-csv": ONLY, "incidents:report-document": ONLY,
    "incidents:ask-evidence": ONLY, "incidents:evidence": ONLY, "incidents:evidence-file": ONLY,
    "incidents:draft": ONLY,
    "incidents:run": ONLY, "incidents:texts": ONLY, "incidents:act": [ask({"ask": "1"})],
    "incidents:form": ONLY, "incidents:document": ONLY, "incidents:reported": ONLY,
    "staff:enrol": [ask({"password": "x", "code": "1"})],
    "staff:search": [ask({"q": "{known_email}"}), ask({"q": "{account_id}"}), ask({"q": "x"})],
    "staff:account": ONLY,
    "staff:lost-factors": [ask(), ask(query={"which": "all"})], "staff:lost-factor": ONLY,
    "staff:decide-lost-factor": [ask({"ticket": "T-1", "reason": "Called back", "x": "1"}), ask({"confirm": "1"})],
    "staff:people": [ask({"email": "{known_email}", "role": "support"})],
    "staff:new-link": ONLY, "staff:end": ONLY,
    # tracking
    "tracking:search": [ask({"numbers": "{number}"})],
    "tracking:item": ONLY,
    "tracking:staff-events": [ask(EVENT)],
    "tracking-search": [ask({"item_numbers": ["{number}"]})],
    "tracking-item": ONLY,
    "tracking-events": [ask(EVENT)],
    "tracking:webhooks": ONLY,
    "tracking:add-webhook": [ask(HOOK)],
    "tracking:webhook": ONLY,
    "tracking:change-webhook": [ask({**HOOK, "state": "paused"})],
    "tracking:rotate-webhook": ONLY,
    "tracking:delete-webhook": ONLY,
    "tracking:test-webhook": ONLY,
    "tracking:redeliver": [ask(), ask(webhook_id="{own_webhook_id}")],
    "api-webhooks": [ask({"url": "https://hooks.example.com/mine"})],
    "api-webhook": [ask({"description": "Changed"})],
    "api-webhook-rotate": ONLY,
    "api-webhook-test": ONLY,
    "api-webhook-deliveries": ONLY,
    "api-webhook-redeliver": [ask(), ask(webhook_id="{own_webhook_id}")],
}  # fmt: skip

# Addresses which take a reference and yet have nothing to give, with every wall away. One that bites fails the proof.
CANNOT_BITE: dict[str, str] = {
    "accounts:switch": "it asks, in the identity context, whether one is a member: there is no wall in between",
    "accounts:you": "the account is looked for among those that the reader is a member of, in the identity context",
    "accounts:copy": "it says states and counts; what was made is fetched at another address, which bites",
    "accounts:activate": "the link is signed, and opens an account that nobody has yet",
    "accounts:join": "the link is a secret of 256 bits, and only the person who was invited may use it",
    "accounts:end-integrator-link": "it is looked for in the identity context, among those of the reader's account",
    "suspension:appeal": "the link is signed, and its page says until when and nothing else",
    "shipments:done": "the page after booking shows a number and a price, and nobody's name",
    "api-exports": "it answers states and counts; what it makes is fetched at another address, which bites",
    "api-webhook-deliveries": "it shows numbers, states and times; where they went is at another address, which bites",
    "api-webhook-test": "what it writes is a message of the asker's own account, which tells of nothing",
    "tracking:search": "tracking shows states, places and times to anybody; there is no person in it",
    "tracking:item": "tracking shows states, places and times to anybody; there is no person in it",
    "tracking-search": "tracking shows states, places and times to anybody; there is no person in it",
    "tracking-item": "tracking shows states, places and times to anybody; there is no person in it",
}
