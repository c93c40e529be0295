"""An integrator with a link to somebody, made by the services; and the header that its programs send."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha1
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.integrators import services
from accounts.integrators.finding import Shown
from accounts.integrators.models import Integrator, IntegratorLink
from security import scope
from tests.conftest import Person

CREATED = "2026-11-26T03:14:15Z"


@dataclass(frozen=True)
class Integrated:
    """An integrator and its key, and the link by which it acts for somebody."""

    integrator: Integrator
    key: str
    link_id: UUID
    username: str

    def shown(
        self, *, nonce: bytes = b"1", created: str = "2026-11-26T03:14:15Z", key: str = "", **other: str
    ) -> Shown:
        """Return what its header shows; `other` says what is sent otherwise."""
        key = key or self.key
        digest = b64encode(sha1(nonce + created.encode() + key.encode()).digest()).decode()  # noqa: S324
        values = {
            "integrator": self.integrator.name, "username": self.username, "digest": digest,
            "nonce": b64encode(nonce).decode(), "created": created,
        }  # fmt: skip
        return Shown(**{**values, **other})


def integrator_of(
    person: Person, name: str = "shop-tools", *, fresh_minutes: int | None = None, refuses_replays: bool = False
) -> tuple[Integrator, str]:
    """Make an integrator of somebody's account."""
    with person.scope():
        return services.make(
            account=person.account, by=person.user, name=name, now=timezone.now(),
            fresh_minutes=fresh_minutes, refuses_replays=refuses_replays,
        )  # fmt: skip


def link_to(person: Person, integrator: Integrator) -> UUID:
    """Let an integrator act for somebody in their account, as the page and the mailed link do."""
    with person.scope():
        services.ask(name=integrator.name, account=person.account, by=person.user, now=timezone.now())
    with scope.identity():
        wish = IntegratorLink.objects.get(user=person.user, integrator=integrator)
        return services.confirm(token=wish.token, user=person.user, now=timezone.now()).pk


def integrated(business: Person, customer: Person, name: str = "shop-tools", **settings: Any) -> Integrated:
    """Make an integrator of a business's, and link it to a customer."""
    integrator, key = integrator_of(business, name, **settings)
    return Integrated(integrator, key, link_to(customer, integrator), customer.user.email)
