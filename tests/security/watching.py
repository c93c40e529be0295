"""Letting the security worker work at once, and looking at what it knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.test import Client

from accounts.keys import create_api_key
from accounts.roles import KEY_SCOPES
from security import scope
from security.detection import stream, tasks
from security.detection.models import Suspension
from security.models import LiveState, SecurityEvent
from tests.conftest import Person

DATABASES = ["default", "trail", "security"]
ON_SITE = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}


@contextmanager
def worker() -> Iterator[None]:
    """Run what is sent to the security worker in this very process, in its own scope: nobody's."""

    def run(task: Any) -> Any:
        def apply_async(kwargs: dict[str, Any] | None = None, **_options: Any) -> None:
            task.run(**(kwargs or {}))

        return apply_async

    with (
        patch.object(tasks.judge, "apply_async", run(tasks.judge)),
        patch.object(tasks.tell_holders, "apply_async", run(tasks.tell_holders)),
    ):
        yield


def settle() -> None:
    """Count what waits in the stream, and let the worker judge it."""
    with worker():
        stream.STREAM.flush()


def key_of(person: Person) -> Client:
    with scope.identity():
        _key, token = create_api_key(account=person.account, by=person.user, name="Shop", scopes=sorted(KEY_SCOPES))
    return Client(headers={"Authorization": f"Bearer {token}"})


def suspensions() -> list[Suspension]:
    return list(Suspension.objects.using("security").order_by("at"))


def state_of(actor_id: Any) -> str:
    live = LiveState.objects.using("security").filter(actor_id=actor_id).first()
    return live.state if live else LiveState.State.ACTIVE


def events(kind: str) -> list[SecurityEvent]:
    return list(SecurityEvent.objects.using("security").filter(kind=kind).order_by("at"))
