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
    ACCOUNT_MANAGE = "account.manage", _("Change the account")
    KEY_MANAGE = "key.manage", _("Manage API keys")
    TRACKING_WRITE = "tracking.write", _("Enter tracking events by key")
    STAFF_TRACKING = "staff.tracking", _("Enter tracking events")
    STAFF_REFERENCE = "staff.reference", _("Edit reference data")
