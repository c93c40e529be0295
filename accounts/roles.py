"""Who may do what in an account, in plain words on one page. The rights themselves stand in `security.permissions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from security.permissions import Permission as P

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    CLERK = "clerk", _("Clerk")
    VIEWER = "viewer", _("Viewer")


# A viewer looks.
VIEWER = frozenset({P.CONTACT_VIEW, P.SHIPMENT_VIEW, P.MEMBER_VIEW})
# A clerk does the daily work: contacts, bookings, labels.
CLERK = VIEWER | {P.CONTACT_CHANGE, P.SHIPMENT_CHANGE, P.SHIPMENT_BOOK, P.SHIPMENT_CANCEL, P.LABEL_PRINT}
# A manager also runs the books and the people, and sees who looked at what.
MANAGER = CLERK | {P.CONTACT_EXPORT, P.BOOK_MANAGE, P.LOG_VIEW, P.MEMBER_MANAGE}
# An owner also changes the account, its keys and its webhooks, and gets a copy of all of it.
OWNER = MANAGER | {P.ACCOUNT_MANAGE, P.ACCOUNT_EXPORT, P.KEY_MANAGE, P.WEBHOOK_MANAGE}

RIGHTS: dict[str, frozenset[P]] = {
    Role.OWNER: OWNER,
    Role.MANAGER: MANAGER,
    Role.CLERK: CLERK,
    Role.VIEWER: VIEWER,
}
# Whom a grant can make the keeper of one address book: those above keep all of them anyway, a viewer none.
KEEPERS = [role for role, rights in RIGHTS.items() if P.CONTACT_CHANGE in rights and P.BOOK_MANAGE not in rights]


class StaffRole(models.TextChoices):
    NONE = "", _("Not staff")
    SUPPORT = "support", _("Support")
    POSTAL = "postal", _("Postal")
    SECURITY = "security", _("Security")
    AUDITOR = "auditor", _("Auditor")


# What everybody at work may do: come in, and see whether the site does its work.
AT_WORK = frozenset({P.STAFF_CONSOLE, P.STAFF_HEALTH})
STAFF_RIGHTS: dict[str, frozenset[P]] = {
    # Support helps a customer: finds the account, opens a case to see what is in it, sees to lost factors.
    StaffRole.SUPPORT: AT_WORK | {P.STAFF_ACCOUNTS, P.STAFF_CASE, P.STAFF_RECOVERY},
    # Postal staff run the post: events, tariff, suspended services, number ranges. Customers are not their business.
    StaffRole.POSTAL: AT_WORK | {P.STAFF_TRACKING, P.STAFF_REFERENCE},
    # Security works on incidents: also who did what, from where, and stopping it.
    StaffRole.SECURITY: AT_WORK
    | {
        P.STAFF_ACCOUNTS,
        P.STAFF_CASE,
        P.STAFF_RECOVERY,
        P.STAFF_AUDIT,
        P.STAFF_SOURCE,
        P.STAFF_WATCH,
        P.STAFF_RELEASE,
        P.STAFF_PEOPLE,
    },
    # An auditor reads everything about actions, nothing about people, and changes nothing.
    StaffRole.AUDITOR: AT_WORK | {P.STAFF_AUDIT, P.STAFF_WATCH},
}
NO_STAFF = frozenset[P]()


def staff_rights(role: str) -> frozenset[P]:
    """Return what a staff role may do; nothing for those who are not staff."""
    return STAFF_RIGHTS.get(role, NO_STAFF)


# What an API key's scopes stand for. A key never has more than the role of the person who made it.
KEY_SCOPES: dict[str, frozenset[P]] = {
    "contacts:read": frozenset({P.CONTACT_VIEW}),
    "contacts:write": frozenset({P.CONTACT_VIEW, P.CONTACT_CHANGE, P.BOOK_MANAGE}),
    "contacts:export": frozenset({P.CONTACT_EXPORT}),
    "shipments:read": frozenset({P.SHIPMENT_VIEW, P.LABEL_PRINT}),
    "shipments:write": frozenset(
        {P.SHIPMENT_VIEW, P.SHIPMENT_CHANGE, P.SHIPMENT_BOOK, P.SHIPMENT_CANCEL, P.LABEL_PRINT}
    ),
    "log:read": frozenset({P.LOG_VIEW}),
    "webhooks:write": frozenset({P.WEBHOOK_MANAGE}),
}
# What each lets a key do, for people; a scope that allows nothing yet has no words and is not offered.
SCOPE_WORDS: dict[str, _StrPromise] = {
    "contacts:read": _("Read address books"),
    "contacts:write": _("Read and change address books"),
    "contacts:export": _("Export address books"),
    "shipments:read": _("Read shipments, and print labels"),
    "shipments:write": _("Book, change and cancel shipments, and print labels"),
    "log:read": _("Read the access log"),
    "webhooks:write": _("Make and change webhooks, and see what they were told"),
}
OPERATOR_SCOPE = "tracking:write"
