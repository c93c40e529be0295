"""What is held of a person who signs in, for themselves: one small JSON file, whichever account they work in.

Never in it: hashes, seeds of factors and other secrets. Runs in the identity context.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from accounts.integrators.models import IntegratorLink
from accounts.models import ApiKey, CompanyIdentity, FactorRecovery, Member, User
from security import alarms

KIND = "own_data"  # in the security trail


def of(user: User) -> bytes:
    """Return the file, and note that it was given out."""
    alarms.note(kind=KIND, data={"user": str(user.pk)})
    data = {"person": _person(user), "accounts": _accounts(user), **_of_signing_in(user)}
    return (json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1) + "\n").encode()


def _person(user: User) -> dict[str, Any]:
    addresses = EmailAddress.objects.filter(user=user).order_by("pk")
    named = ("name", "language", "date_joined", "last_login")
    return {
        "id": user.pk,
        **{name: getattr(user, name) for name in named},
        "emails": _plain(addresses, "email", "verified", "primary"),
    }


def _accounts(user: User) -> list[dict[str, Any]]:
    members = Member.objects.filter(user=user).select_related("account").order_by("joined_at")
    return [{"id": one.account_id, "name": one.account.name, **_row(one, "role", "joined_at")} for one in members]


def _of_signing_in(user: User) -> dict[str, Any]:
    keys = ApiKey.objects.filter(created_by=user).order_by("created_at")
    sessions = UserSession.objects.filter(user=user).order_by("created_at")
    factors = Authenticator.objects.filter(user=user).order_by("created_at")
    linked = CompanyIdentity.objects.filter(user=user).order_by("linked_at")
    lost = FactorRecovery.objects.filter(user=user).order_by("asked_at")
    links = IntegratorLink.objects.filter(user=user).order_by("asked_at")
    return {
        "sessions": _plain(sessions, "created_at", "last_seen_at", "ip", "user_agent"),
        "factors": _plain(factors, "type", "created_at", "last_used_at"),
        "company_sign_ins": _plain(linked, "linked_at"),
        "wishes_to_remove_a_lost_factor": _plain(
            lost, "state", "asked_at", "decided_at", "ended_at", "ended_how", "letters", "source_block"
        ),
        "integrators_that_may_act": _plain(links, "integrator_id", "account_id", "asked_at", "confirmed_at"),
        "api_keys": _plain(keys, "name", "prefix", "account_id", "scopes", "created_at", "expires_at", "last_used_at"),
    }


def _plain(rows: Iterable[Model], *names: str) -> list[dict[str, Any]]:
    return [_row(one, *names) for one in rows]


def _row(one: Model, *names: str) -> dict[str, Any]:
    return {name: getattr(one, name) for name in names}
