"""Who may come in by a company's provider: its members, and nobody else. Runs in the identity context.

Nobody gets an account by it. A member is known by the provider's own id for them (`sub`), which is bound to them the
first time, by an address that the provider says is verified, of a domain that was set for it. After that the address
does not matter: somebody new to whom the company gives an old address is not the person who had it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts.company.client import Refused
from accounts.company.providers import Provider, domain_of
from accounts.models import CompanyIdentity, Member, User
from security import alarms


def admit(provider: Provider, claims: dict[str, Any], *, now: datetime) -> User:
    """Return the member whom the provider speaks of. Raises Refused; which reason it has is told to nobody."""
    known = CompanyIdentity.objects.filter(subject=provider.subject(claims["sub"])).select_related("user").first()
    user = known.user if known else _by_address(provider, claims)
    if user.is_staff or not user.is_active:
        raise Refused("nobody")
    if not Member.objects.filter(user=user, account_id=provider.account_id).exists():
        raise Refused("no_member")
    if known is None:
        _bind(provider, user, claims["sub"], now=now)
    return user


def shows_second_factor(provider: Provider, claims: dict[str, Any]) -> bool:
    """Tell whether the provider says that a second factor was shown there, in a way that was set to count."""
    methods = claims.get("amr")
    said = [claims.get("acr"), *(methods if isinstance(methods, list) else [])]
    return any(value in provider.second_factor for value in said if isinstance(value, str))


def _by_address(provider: Provider, claims: dict[str, Any]) -> User:
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise Refused("unverified")
    if domain_of(email) not in provider.domains:
        raise Refused("domain")
    found = EmailAddress.objects.filter(email=email.strip().lower(), verified=True).select_related("user").first()
    if found is None:
        raise Refused("nobody")
    user: User = found.user
    return user


def _bind(provider: Provider, user: User, sub: str, *, now: datetime) -> None:
    """Bind the provider's id to the person, once, and tell them. Raises Refused where another id is bound already."""
    try:
        with transaction.atomic():
            CompanyIdentity.objects.create(
                user=user, place=provider.place, subject=provider.subject(sub), linked_at=now
            )
    except IntegrityError as taken:
        raise Refused("another_subject") from taken
    alarms.note(kind="company_linked", actor=f"user:{user.pk}", data={"provider": provider.name})
    get_adapter().send_notification_mail("company_linked", user)


def unbind(user: User) -> int:
    """Forget by which ids somebody is known to providers; the next sign-in binds anew. Return how many there were."""
    return CompanyIdentity.objects.filter(user=user).delete()[0]
