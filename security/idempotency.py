"""`Idempotency-Key`: a POST of the API that is sent again is done once, and answered again alike, for 24 hours.

The key is claimed in a row of its own before the view runs, committed on the second connection, with a lease. The
answer is written into that row in the transaction of the side effect, so there are both or neither. A process that dies
leaves a claim whose lease ends; whoever takes it over gives it a new id, so that the first one, were it still alive,
cannot finish. A refusal changes nothing and is not kept: the key may be used again, with a body that was mended.

An answer is given again to whoever could ask for what it names now: the object's own door is asked first (`door`), and
says no as it does to a GET. A key is one in its account, so that a program may change its API key between two tries.

What changes nothing runs again and is not kept: searches, which ask for a right to read alone, and quotes. Public
operations and operators' keys have no account; an event is the same event however often it is sent.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from security import alarms, context, periods, scope, trail
from security.marks import Door as MarkDoor
from security.marks import Mark
from security.models import AccessEntry, IdempotentRequest
from security.permissions import READING
from security.problems import is_api, is_soap, problem_response
from security.refusals import Forbidden, NotFound

ALIAS = "trail"  # the second connection: a claim must outlive a rollback
KEY = re.compile(r"[!-~]{1,200}")
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
_TABLE = IdempotentRequest._meta.db_table
# A claim that is free, or whose lease or time has ended, is taken in one statement, by one of however many.
_CLAIM = f"""
    INSERT INTO {_TABLE} AS kept
        (id, account_id, name, fingerprint, leased_until, expires_at, sealed, key_version)
    VALUES (%(id)s, %(account)s, %(name)s, %(fingerprint)s, now() + %(lease)s * interval '1 second',
        now() + %(keep)s * interval '1 second', '', 1)
    ON CONFLICT (account_id, name) DO UPDATE SET id = EXCLUDED.id, fingerprint = EXCLUDED.fingerprint,
        leased_until = EXCLUDED.leased_until, expires_at = EXCLUDED.expires_at, status = NULL, sealed = ''
    WHERE kept.expires_at < now() OR kept.status IS NULL AND kept.leased_until < now()
    RETURNING id
"""  # noqa: S608  (the table's name is ours)
_LOOK = f"""
    SELECT id, fingerprint, status FROM {_TABLE}
    WHERE account_id = %(account)s AND name = %(name)s
"""  # noqa: S608
_RELEASE = f"DELETE FROM {_TABLE} WHERE account_id = %(account)s AND id = %(id)s AND status IS NULL"  # noqa: S608
_FORGET = f"DELETE FROM {_TABLE} WHERE account_id = %(account)s AND id = %(over)s"  # noqa: S608


Door = Callable[[dict[str, Any]], object]
_doors: dict[str, Door] = {}


def door(endpoint: str, ask: Door) -> None:
    """Say how what an answer names is asked for again, before the answer is: `ask` raises NotFound and Forbidden.

    `endpoint`: the name of the POST's address; each that changes something has one. Called once, when its app loads.
    """
    _doors[endpoint] = ask


class InFlight(Exception):
    """The same request is being worked on now."""


class Over(Exception):
    """What the answer names is done with, by an act of the account's own: the same may be asked for anew."""


class OtherBody(Exception):
    """The key came before, with another request."""


@dataclass(frozen=True)
class Asked:
    """One keyed request: of which account, under which name, what exactly. What was written is kept as hashes only."""

    id: UUID
    account: UUID
    name: bytes
    fingerprint: bytes
    at: datetime

    @classmethod
    def of(cls, request: HttpRequest, key: str) -> Asked:
        asked = getattr(request, "asked_exactly", None)  # where its body holds what differs from one try to the next
        if asked is None:
            asked = f"{request.method} {request.get_full_path()} {request.content_type}\n".encode() + request.body
        name = _hash(f"name|{key}".encode())
        return cls(uuid4(), scope.current().account, name, _hash(asked), timezone.now())


class IdempotencyMiddleware:
    """Stands just inside the scope: its transaction is open, the mark has been asked, live state has been checked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        asked: Asked | None = getattr(request, "idempotency", None)
        if asked is None:
            return response
        if response.status_code >= 400:
            release(asked)
        elif not keep(asked, response):
            transaction.set_rollback(True)  # somebody has taken the claim over, and does it instead
            return _in_flight(request)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        key = _key_of(request)
        if key is None or not _is_kept(request):
            return None
        if not KEY.fullmatch(key):
            return problem_response(request, 400, detail=_("An Idempotency-Key has 1 to 200 visible ASCII characters."))
        asked = Asked.of(request, key)
        try:
            answered = claim(asked)
            if answered is not None:
                return _again(request, answered)
        except Over:
            if not _claimed_anew(asked, over=answered):
                return _in_flight(request)
        except InFlight:
            return _in_flight(request)
        except OtherBody:
            detail = _("This Idempotency-Key was used with another request. Use a new one.")
            return problem_response(request, 422, detail=detail)
        request.idempotency = asked  # type: ignore[attr-defined]
        return None


def _key_of(request: HttpRequest) -> str | None:
    """Return the key that a request shows; by SOAP, the one that the entrance made of the call itself."""
    if is_soap(request):
        return getattr(request, "idempotency_key", None)
    return request.headers.get("Idempotency-Key")


def claim(asked: Asked) -> UUID | None:
    """Claim the key; None: go on, it is yours. Otherwise the id of the row with the answer.

    Raises InFlight and OtherBody.
    """
    parameters = {
        **vars(asked),
        "lease": float(settings.IDEMPOTENCY_LEASE_SECONDS),
        "keep": periods.ANSWERS.length().total_seconds(),
    }
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        _sign(asked)
        cursor.execute(_CLAIM, parameters)
        if cursor.fetchone():
            return None
        cursor.execute(_LOOK, parameters)
        row = cursor.fetchone()
    if row is None:  # released in this very moment
        raise InFlight
    row_id, fingerprint, status = row
    if bytes(fingerprint) != asked.fingerprint:
        raise OtherBody
    if status is None:
        raise InFlight
    found: UUID = row_id
    return found


def _claimed_anew(asked: Asked, *, over: UUID | None) -> bool:
    """Let go of an answer that is over, and claim its key; False where somebody else was faster."""
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        _sign(asked)
        cursor.execute(_FORGET, {"account": asked.account, "over": over})
    try:
        return claim(asked) is None
    except InFlight:
        return False


def keep(asked: Asked, response: HttpResponse) -> bool:
    """Write the answer in the transaction of the side effect; False where the claim is not ours any more."""
    row = IdempotentRequest(id=asked.id, account_id=asked.account)
    row.headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    row.headers["Content-Language"] = get_language() or settings.LANGUAGE_CODE
    row.body = b64encode(response.content).decode()
    row.seen = _seen_since(asked.at)
    sealed = row.seal()
    mine = IdempotentRequest.objects.filter(pk=asked.id, status=None)
    return bool(mine.update(status=response.status_code, sealed=sealed, key_version=row.key_version))


def release(asked: Asked) -> None:
    """Give a claim back: nothing was done."""
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        _sign(asked)
        cursor.execute(_RELEASE, vars(asked))


def replay(row_id: UUID, *, endpoint: str, now: datetime) -> HttpResponse:
    """Return the answer that was given, byte for byte, and note that what stands in it was read again. Raises Over.

    Raises NotFound and Forbidden where whoever asks could not get what it names any more.
    """
    row = IdempotentRequest.objects.get(pk=row_id)
    assert row.status is not None
    body = b64decode(row.body)
    _doors[endpoint](json.loads(body))
    noted = _seen_since(now)  # doors note what they let out
    for kind, ids in dict.fromkeys((kind, tuple(ids)) for kind, ids in row.seen):
        if (kind, list(ids)) not in noted:
            trail.record(action=trail.Action.READ, kind=kind, ids=ids)
    response = HttpResponse(body, status=row.status, headers=row.headers)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def purge(*, now: datetime, dry_run: bool = False) -> int:
    """In the current account, delete answers past their time; return how many."""
    due = IdempotentRequest.objects.filter(expires_at__lt=now)
    return due.count() if dry_run else due.delete()[0]


def heeds(method: str | None, mark: Mark | None) -> bool:
    """Tell whether a request of the API under a mark changes what an account holds, so that its key is heeded."""
    return method == "POST" and mark is not None and mark.door is MarkDoor.REQUIRES and mark.permission not in READING


def _is_kept(request: HttpRequest) -> bool:
    mark: Mark | None = getattr(request, "scope_mark", None)
    return heeds(request.method, mark) and is_api(request) and scope.get().account_id is not None


def _again(request: HttpRequest, row_id: UUID) -> HttpResponse:
    try:
        return replay(row_id, endpoint=scope.current().endpoint, now=timezone.now())
    except (NotFound, Forbidden) as error:
        transaction.set_rollback(True)
        alarms.note_refusal(error)
        return problem_response(request, 404 if isinstance(error, NotFound) else 403)


def _in_flight(request: HttpRequest) -> HttpResponse:
    response = problem_response(request, 409, detail=_("This request is still being worked on. Ask again in a moment."))
    response.headers["Retry-After"] = "1"
    return response


def _seen_since(at: datetime) -> list[tuple[str, list[str]]]:
    """Return what this request has noted in the access log, so that a replay can note it again."""
    entries = AccessEntry.objects.filter(at__gte=at, request_id=scope.current().request_id)
    return list(entries.order_by("at", "pk").values_list("kind", "ids"))


def _sign(asked: Asked) -> None:
    """Enter the account on the second connection. A claim may be lost with the server: what it guards is lost then."""
    active = scope.current()
    context.apply(
        kind=active.kind,
        account_id=asked.account,
        user_id=active.user_id,
        backend=context.backend(using=ALIAS),
        using=ALIAS,
    )
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


def _hash(value: bytes) -> bytes:
    return salted_hmac("security.idempotency", value, algorithm="sha256").digest()
