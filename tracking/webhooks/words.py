"""What people and programs are told of webhooks."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracking.webhooks import services


def too_many() -> str:
    words = ngettext(
        "An account may have %(count)d webhook. Delete one that you do not need.",
        "An account may have %(count)d webhooks. Delete one that you do not need.",
        services.MOST,
    )
    return words % {"count": services.MOST}


def not_on() -> str:
    return _("The webhook is not on. Switch it on first.")


def too_often(wait: str) -> str:
    return _("So much was sent there by hand just now that we wait a little. %(wait)s") % {"wait": wait}
