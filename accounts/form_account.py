"""Which account a form was drawn for: a page that stands open in one tab must not land in another account.

Every form carries the signed id of the account that was active when its page was drawn. When the browser has switched
to another one meanwhile (in another tab, or because somebody left), nothing is done with what the form brings.
"""

from __future__ import annotations

from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from security import scope

FIELD = "drawn_for"
SALT = "accounts.form_account"


def field(request: HttpRequest) -> SafeString:
    """Return the hidden field of a form; nothing where no account is active, nor one at whose door somebody stands."""
    account = getattr(request, "account", None) or getattr(request, "closed_account", None)
    if account is None:
        return SafeString("")
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, sign(account.pk))


def sign(account_id: UUID) -> str:
    return Signer(salt=SALT).sign(str(account_id))


def drawn_for(request: HttpRequest) -> UUID | None:
    """Return the account that a form was drawn for; None where it names none, or one that we did not write."""
    try:
        return UUID(Signer(salt=SALT).unsign(request.POST.get(FIELD, "")))
    except (BadSignature, ValueError):
        return None


def fits(request: HttpRequest) -> bool:
    """Tell whether a form may be taken in the active account.

    A form that names no account is taken only from somebody who has but one: there is nothing to mistake it for.
    """
    if FIELD in request.POST:
        return drawn_for(request) == scope.current().account
    return len(request.memberships) < 2  # type: ignore[attr-defined]
