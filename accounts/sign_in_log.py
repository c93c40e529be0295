"""Every sign-in, failed one and sign-out as a security event: who, by what, from where; never what was typed.

Of an e-mail that was tried the event holds the keyed hash that detection counts by, whether it is known or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts import step_up
from accounts.models import User
from security import alarms
from security.detection.signal import hashed


def note_success(request: HttpRequest, user: User) -> None:
    """Note a sign-in that is complete, with what was shown for it."""
    shown = [str(record.get("type") or record["method"]) for record in get_authentication_records(request, user)]
    methods = sorted({method for method in shown if method != step_up.SIGN_IN})
    alarms.note(kind="sign_in", actor=f"user:{user.pk}", data={"methods": methods})


def note_failure(
    step: str,
    *,
    email: str = "",
    user: User | None = None,
    is_closed: bool = False,
    more: dict[str, str] | None = None,
) -> None:
    """Note a proof that did not fit.

    `step`: password, code, passkey, key or company; `is_closed`: it was not even looked at.
    """
    about = {"actor": f"user:{user.pk}"} if user is not None else {}
    tried = {"email": hashed(f"email|{email}")} if email else {}
    alarms.note(kind="sign_in.failed", data={"step": step, "is_closed": is_closed, **tried, **(more or {})}, **about)


@contextmanager
def failures(step: str, user: User | None) -> Iterator[None]:
    """Note what a form refuses meanwhile."""
    try:
        yield
    except ValidationError as refused:
        note_failure(step, user=user, is_closed=getattr(refused, "code", "") == "too_many")
        raise


def note_sign_out(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """A session has ended, by its holder or by its limits; the browser is told to forget what it stored for it."""
    request.has_signed_out = True  # type: ignore[attr-defined]
    if user is not None:
        alarms.note(kind="sign_out", actor=f"user:{user.pk}")
