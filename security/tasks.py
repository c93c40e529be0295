"""Tasks run in the scope of who asked, at the epoch they had; the scope travels signed, in the message's headers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, replace
from typing import Any
from uuid import UUID

from celery import Task
from django.core import signing
from django.db import transaction
from django.utils import timezone

from security import egress, live, scope, tuning
from security.detection import observing, signal, stream
from security.permissions import Permission
from security.walls import Watch, stands

SALT = "security.tasks"


class ScopedTask(Task):  # type: ignore[type-arg]
    """The base of every task. It enters the scope that its sender had; a task sent without one runs as nobody."""

    abstract = True

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:  # type: ignore[override]
        headers = {**(options.pop("headers", None) or {}), "scope": _pack(scope.get())}
        return super().apply_async(args, kwargs, headers=headers, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        asked = self.asked_by()
        tuning.refresh()
        with observing.observed() as seen, scope.enter(asked):
            _require_live(asked)
            result = super().__call__(*args, **kwargs)
            egress.check()
            if (asked.key_id or asked.user_id) and stands(Watch.DETECTION):
                stream.STREAM.put(signal.of_task(str(self.name), seen, now=timezone.now()))
            return result

    def asked_by(self) -> scope.Scope:
        """Return the scope that the message brings. Raises signing.BadSignature for what this site did not write."""
        packed = (self.request.headers or {}).get("scope") or getattr(self.request, "scope", None)
        # Nobody anew: what one task has touched must not stick to the constant, and so to the next task.
        asked = _unpack(packed) if packed else replace(scope.NOBODY, data_keys={}, foreign=[])
        return replace(asked, via=scope.Via.TASK, endpoint=self.name)


def _require_live(asked: scope.Scope) -> None:
    """Raise Suspended where whoever asked is suspended, or holds an older epoch."""
    actor_id = asked.key_id or asked.user_id
    if actor_id is None:
        return
    with scope.identity():
        live.check(actor_id, epoch=asked.epoch)
        if asked.key_id and asked.user_id:
            live.check_maker(asked.user_id)


class SeparateTask(ScopedTask):
    """A task of the site itself that does many things, each in a scope and a transaction of its own.

    `ScopedTask` spans one transaction over the whole of a task; here what is done stays done when its worker is killed.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        tuning.refresh()
        _require_live(self.asked_by())
        return Task.__call__(self, *args, **kwargs)


@contextmanager
def part(asked: scope.Scope, name: str) -> Iterator[scope.Scope]:
    """One transaction of a `SeparateTask`'s work, in the scope of whoever asked for it, who may still act.

    `name` is the task's: it counts for detection as a task does. Raises Suspended and Outdated.
    """
    with observing.observed() as seen, scope.enter(asked) as active:
        _require_live(asked)
        yield active
        egress.check()
        if (asked.key_id or asked.user_id) and stands(Watch.DETECTION):
            stream.STREAM.put(signal.of_task(name, seen, now=timezone.now()))


def scope_to_keep() -> str:
    """Return the scope of now, signed, for work that goes on when the message that began it is lost."""
    return _pack(scope.get())


def kept_scope(packed: str, *, endpoint: str) -> scope.Scope:
    """Return a scope that was kept, for a task. Raises signing.BadSignature for what this site did not write."""
    return replace(_unpack(packed), via=scope.Via.TASK, endpoint=endpoint)


def send(task: Task[Any, Any], *args: Any, **kwargs: Any) -> None:
    """Send a task when the transaction commits, with the scope of now."""
    asked = scope.get()

    def dispatch() -> None:
        packed = {"scope": _pack(asked)}
        Task.apply_async(task, args, kwargs, headers=packed)

    transaction.on_commit(dispatch)


def _pack(asked: scope.Scope) -> str:
    return signing.dumps(
        {
            "kind": asked.kind,
            "account": str(asked.account_id or ""),
            "user": str(asked.user_id or ""),
            "key": str(asked.key_id or ""),
            "permissions": sorted(asked.permissions),
            "role": None if asked.role_permissions is None else sorted(asked.role_permissions),
            "request": asked.request_id,
            "actor": asked.actor,
            "on_behalf": asked.on_behalf,
            "epoch": asked.epoch,
            "answering": [str(one) for one in astuple(asked.answering)] if asked.answering else None,
        },
        salt=SALT,
    )


def _rights(names: list[str] | None) -> frozenset[Permission] | None:
    return None if names is None else frozenset(Permission(name) for name in names)


def _unpack(packed: str) -> scope.Scope:
    """Raises signing.BadSignature for a message that this site did not write."""
    parts = signing.loads(packed, salt=SALT)
    ids = {name: UUID(parts[name]) if parts[name] else None for name in ("account", "user", "key")}
    return replace(
        scope.NOBODY,
        kind=scope.Kind(parts["kind"]),
        account_id=ids["account"],
        user_id=ids["user"],
        key_id=ids["key"],
        permissions=frozenset(Permission(name) for name in parts["permissions"]),
        role_permissions=_rights(parts.get("role")),
        request_id=parts["request"],
        actor=parts["actor"],
        on_behalf=parts.get("on_behalf", ""),
        epoch=parts["epoch"],
        answering=scope.Answering(*map(UUID, parts["answering"])) if parts.get("answering") else None,
        data_keys={},
        foreign=[],
    )
