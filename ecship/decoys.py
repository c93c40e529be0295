"""Accounts that are nobody's and look like everybody's: opened and used by the same services, in the same scopes.

Their people have a password that nobody knows and an e-mail at a domain of the operator's (`DECOY_MAIL_DOMAINS`), so no
mail of ours ever reaches a stranger, and nobody is kept from signing up with an address of their own.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from random import Random, SystemRandom
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings

from accounts import services as accounts
from accounts.models import Account, User
from accounts.roles import RIGHTS, Role
from addressbook import selectors
from addressbook import services as books
from addressbook.details import ContactDetails
from ecship.scale import people
from security import scope
from security.detection.decoys import Made
from shipments import services as shipments

LANGUAGES = ("en", "zh-hant", "zh-hant", "zh-hans")
_chance = SystemRandom()


class Maker:
    """Fills `security.detection.decoys`."""

    def may_make(self) -> bool:
        return bool(settings.DECOY_MAIL_DOMAINS)

    def open(self, *, now: datetime) -> Made:
        # As somebody who opens the link that was mailed to them.
        with scope.enter(_work(scope.Kind.IDENTITY, via=scope.Via.PAGE, endpoint="accounts:activate")):
            name = people.person(_chance)
            user = _user(name)
            account = accounts.open_account(user=user, kind=_chance.choice(Account.Kind.values), name=_title(name))
        objects: list[UUID] = [account.pk]
        for _time in range(_chance.randint(1, 12)):
            objects += self.live(account.pk, user.pk, now=now)
        return Made(account.pk, user.pk, tuple(objects))

    def live(self, account_id: UUID, person: UUID, *, now: datetime) -> tuple[UUID, ...]:
        with scope.enter(_work(scope.Kind.IDENTITY)):
            User.objects.filter(pk=person).update(last_login=now)
        page = {
            "account_id": account_id,
            "user_id": person,
            "actor": f"user:{person}",
            "source": _address(account_id),
            "epoch": 1,
            "permissions": RIGHTS[Role.OWNER],
        }
        act, endpoint = _chance.choices(ACTS, [6, 3, 1])[0]
        with scope.enter(_work(scope.Kind.ACCOUNT, via=scope.Via.PAGE, endpoint=endpoint, **page)):
            return act(now)


def _work(kind: scope.Kind, **parts: Any) -> scope.Scope:
    return replace(scope.NOBODY, kind=kind, request_id=uuid4().hex, data_keys={}, foreign=[], **parts)


def _user(name: str) -> User:
    local = f"{name.lower().replace(' ', '.')}{_chance.randint(1, 9999)}"
    email = f"{local}@{_chance.choice(settings.DECOY_MAIL_DOMAINS)}"
    return accounts.create_verified_user(
        email=email,
        password=secrets.token_urlsafe(32),
        name=name if _chance.random() < 0.5 else "",
        language=_chance.choice(LANGUAGES),
    )


def _address(account_id: UUID) -> str:
    """Return where somebody seems to come from: one provider's network, whose customers' addresses change."""
    home = Random(account_id.int)  # noqa: S311 - no secret: an account keeps its provider
    return f"{home.randint(14, 223)}.{home.randint(1, 254)}.{home.randint(1, 254)}.{_chance.randint(1, 254)}"


def _title(name: str) -> str:
    return people.business(_chance) if _chance.random() < 0.3 else name


def _add(now: datetime) -> tuple[UUID, ...]:
    book = books.default_book(now=now)
    contact = books.save_contact(book=book, details=ContactDetails(**people.contact(_chance)), now=now)
    return (book.pk, contact.pk)


def _look(now: datetime) -> tuple[UUID, ...]:
    return tuple(book.pk for book in selectors.books_with_counts())


def _draft(now: datetime) -> tuple[UUID, ...]:
    return (shipments.start_draft(now=now, submission_key=uuid4()).pk,)


ACTS: list[tuple[Callable[[datetime], tuple[UUID, ...]], str]] = [
    (_add, "addressbook:add-contact"),
    (_look, "addressbook:books"),
    (_draft, "shipments:new"),
]
