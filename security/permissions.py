"""Every right there is, on one page. Which role holds which stands in `accounts.roles`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(models.TextChoices):
    CONTACT_VIEW = "contact.view", _("See contacts")
    CONTACT_CHANGE = "contact.change", _("Add, change and delete contacts")
    CONTACT_EXPORT = "contact.export", _("Export contacts")
    BOOK_MANAGE = "book.manage", _("Manage address books")
    SHIPMENT_VIEW = "shipment.view", _("See shipments")
    SHIPMENT_CHANGE = "shipment.change", _("Prepare shipments")
    SHIPMENT_BOOK = "shipment.book", _("Book shipments")
    SHIPMENT_CANCEL = "shipment.cancel", _("Cancel shipments")
    LABEL_PRINT = "label.print", _("Print labels")
    LOG_VIEW = "log.view", _("See who looked at what")
    MEMBER_VIEW = "member.view", _("See members")
    MEMBER_MANAGE = "member.manage", _("Invite and remove members")
    ACCOUNT_EXPORT = "account.export", _("Get a copy of all that is held of the account")
    ACCOUNT_MANAGE = "account.manage", _("Change the account")
    KEY_MANAGE = "key.manage", _("Manage API keys")
    WEBHOOK_MANAGE = "webhook.manage", _("Manage webhooks")
    TRACKING_WRITE = "tracking.write", _("Enter tracking events by key")
    STAFF_CONSOLE = "staff.console", _("Use the staff console")
    STAFF_TRACKING = "staff.tracking", _("Enter tracking events")
    STAFF_REFERENCE = "staff.reference", _("Edit reference data")
    STAFF_ACCOUNTS = "staff.accounts", _("Find accounts and see their state")
    STAFF_CASE = "staff.case", _("Open a case for an account")
    STAFF_RECOVERY = "staff.recovery", _("Confirm or refuse the recovery of a lost second factor")
    STAFF_AUDIT = "staff.audit", _("Search the trail")
    STAFF_SOURCE = "staff.source", _("See from which address a request came")
    STAFF_HEALTH = "staff.health", _("See whether workers and queues do their work")
    STAFF_WATCH = "staff.watch", _("See suspicious actors, suspensions and thresholds")
    STAFF_RELEASE = "staff.release", _("Suspend and release, freeze features, change thresholds")
    STAFF_PEOPLE = "staff.people", _("Make and end staff accounts")


# Whoever asks for one of these alone changes nothing but what is their own (a star), and twice is as once.
READING = frozenset({Permission.CONTACT_VIEW, Permission.SHIPMENT_VIEW, Permission.LOG_VIEW, Permission.MEMBER_VIEW})
