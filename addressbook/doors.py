"""What is asked again before an answer of the API is given again: the same doors as for a GET."""

from __future__ import annotations

from addressbook import access
from security import idempotency
from security.permissions import Permission


def register() -> None:
    idempotency.door("api-address-books", lambda made: access.get_book(made["id"], to=Permission.CONTACT_VIEW))
    idempotency.door("api-contacts", lambda made: access.get_contact(made["id"], to=Permission.CONTACT_VIEW))
    idempotency.door("api-exports", lambda made: access.get_export(made["id"]))
    for name in ("api-imports", "api-import-commit", "api-import-undo"):
        idempotency.door(name, lambda made: access.get_import(made["id"]))
    idempotency.door("api-shares", lambda made: access.get_share(made["id"], to=Permission.BOOK_MANAGE))
