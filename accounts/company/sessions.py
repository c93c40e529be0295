"""What a session may do that began at a company's provider: act in the company's account.

Whoever runs the provider can sign in as any member. So such a session reaches neither the person's other accounts nor
what belongs to the person: addresses, password, factors, sessions. And it is no proof of who one is where that is asked
again: there it takes the person's own password or factor.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from django.conf import settings
from django.http import HttpRequest

from accounts.company.providers import Provider
from security.marks import Door, Mark

METHOD, KEPT = "company", "company"
# Of the pages about oneself, those which take nothing from the person: to stay, and to show who one is.
OPEN = {"stay_signed_in", "account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
CLOSED = {"account_set_password"}  # an entrance, but for somebody who is in


@dataclass(frozen=True)
class CompanySession:
    """The one account that a session may act in, and whether a second factor was shown at its provider."""

    account_id: UUID
    has_factor: bool


def record(request: HttpRequest, user: Any, provider: Provider, *, has_factor: bool) -> None:
    """Note that somebody has come by a provider; `begin` asks for it when the session begins."""
    record_authentication(request, user, METHOD, account=str(provider.account_id), has_factor=has_factor)


def first_proof(request: HttpRequest, user: Any) -> dict[str, Any] | None:
    """Return by what a sign-in has begun: a password, a passkey alone, or a company's provider; the latest counts."""
    records = get_authentication_records(request, user)
    began = [item for item in records if item["method"] in {"password", METHOD} or item.get("passwordless")]
    return began[-1] if began else None


def is_company(request: HttpRequest, user: Any) -> bool:
    proof = first_proof(request, user)
    return proof is not None and proof["method"] == METHOD


def begin(request: HttpRequest, user: Any) -> bool:
    """Bind a session that begins to the account of the provider it came by; tell whether it did."""
    request.session.pop(KEPT, None)
    proof = first_proof(request, user)
    if proof is None or proof["method"] != METHOD:
        return False
    request.session[KEPT] = {"account": proof["account"], "has_factor": proof["has_factor"]}
    return True


def of(request: HttpRequest) -> CompanySession | None:
    """Return what binds the request's session; None for one that its person has begun."""
    kept = request.session.get(KEPT)
    return CompanySession(UUID(kept["account"]), bool(kept["has_factor"])) if kept else None


def is_closed(request: HttpRequest, mark: Mark, view_name: str) -> bool:
    """Tell whether a page belongs to the person, and not to the account that the session is bound to."""
    if getattr(request, "company_session", None) is None:
        return False
    return view_name in CLOSED or (mark.door is Door.IDENTITY and view_name not in OPEN)


def has_shown_lately(request: HttpRequest) -> bool:
    """Tell whether the person has shown their own password or factor within the time that step-up gives."""
    shown = [item for item in get_authentication_records(request, request.user) if item["method"] != METHOD]
    return bool(shown) and time.time() - shown[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
