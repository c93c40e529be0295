"""What detection and the console need from the floors above: each fills its place when it loads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict


class Holders(Protocol):
    """Who belongs to whom, and how they are written to."""

    def tell(self, person: UUID, *, kind: str, data: dict[str, Any]) -> bool:
        """Mail a person, in their language; False for one who is gone.

        `kind` is one of `suspended`, `released` and `appeal_answered`.
        """

    def makers(self, keys: set[UUID]) -> dict[UUID, UUID]:
        """Return who made each key."""

    def accounts_of(self, person: UUID) -> set[UUID]:
        """Return every account that a person belongs to."""

    def accounts_of_key(self, key: UUID) -> set[UUID]:
        """Return every account that a key may act in for people who have let it."""


HOLDERS: list[Holders] = []
STEP_UP: list[Callable[[HttpRequest, datetime], HttpResponse | None]] = []
TYPED: list[Callable[[HttpRequest], QueryDict | None]] = []
TYPED_AT: list[Callable[..., QueryDict | None]] = []


def holders() -> Holders:
    return HOLDERS[0]


def step_up(request: HttpRequest, since: datetime) -> HttpResponse | None:
    """Return the way to show again who one is, unless this session did so after a moment."""
    return STEP_UP[0](request, since)


def typed(request: HttpRequest) -> QueryDict | None:
    """Return what a form of the console starts with: what was sent, else what a lost session left, else None."""
    return TYPED[0](request)


def typed_at(request: HttpRequest, view_name: str, **parameters: Any) -> QueryDict | None:
    """Return what a lost session left of a form that goes to another address than the page it stands on, else None."""
    return TYPED_AT[0](request, view_name, **parameters)
