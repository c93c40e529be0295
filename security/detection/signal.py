"""What the edge says of one request or task when it is over: facts that are at hand, without any look-up.

It names people by ids, and networks, browsers and e-mails by keyed hashes: nothing of it is personal data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.crypto import salted_hmac

from security import scope, tuning
from security.detection import references
from security.detection.observing import Observation
from security.limits import hashed_source
from security.marks import Door, Mark
from security.problems import is_api, is_soap
from security.thresholds import DEFAULTS

ITEM_NUMBER = re.compile(r"^[A-Za-z]{2}(\d{8})\d[A-Za-z]{2}$")
# What no address and no query of ours holds: quotes of SQL, markup, paths upwards, templates, control characters.
INJECTED = re.compile(
    r"['\"]\s+(?:or|and)\b|['\"]\s*(?:\)\s*)?(?:union\b|;|--)|\bunion\s+(?:all\s+)?select\b|<\s*(?:script|img|svg)\b"
    r"|['\"]\\?['\"]\s*\(|\b(?:and|or)\b\s*\(?\s*['\"]?\d+['\"]?\s*[=<>]"
    r"|\.\.[/\\]|[\x00\r\n]|\$\{|\{\{|\bsleep\(|/\*|\bwaitfor\s+delay\b|/etc/passwd|\.(?:php|asp|jsp|env|git)\b",
    re.IGNORECASE,
)
# In bodies, where people write several lines, and where it counts in what was refused alone.
LINES = re.compile(r"[\r\n]+")
BODY_SEARCHED = 20_000  # bytes
MOST_IDS = 20
SALT = "security.detection"


@dataclass(frozen=True)
class Signal:
    """One request or task. `actor` is `user:...` or `key:...`, empty for nobody; `at` is in seconds since 1970.

    `strange` are ids in the path of what was not found; `named` are ids that a query or a refused request refers to.
    `is_framed` says that another site, or nobody knows who, led a browser there.
    """

    at: float
    request_id: str = ""
    endpoint: str = ""
    method: str = "GET"
    status: int = 200
    actor: str = ""
    person: str = ""
    key: str = ""
    account: str = ""
    behalf: str = ""  # for whom a key acts whose maker answers for it
    source: str = ""
    device: str = ""
    is_young: bool = False
    declared: str = ""
    size: int = 0  # how many objects declared work is about, where it said so
    objects: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    email: str = ""  # a keyed hash, of one that was tried at an entrance
    is_probe: bool = False
    is_framed: bool = False

    @property
    def is_miss(self) -> bool:
        return self.status in {401, 404, 410}

    @property
    def needs_a_look(self) -> bool:
        """Whether the security worker has something to find out."""
        return bool(self.strange or self.named)

    def plain(self) -> dict[str, Any]:
        """What travels to the security worker: everything but what was read."""
        return {**asdict(self), "objects": ()}


def of_request(request: HttpRequest, response: HttpResponse, seen: Observation, *, now: datetime) -> Signal:
    """Return what is to be said of a request that was answered."""
    asked: scope.Scope = getattr(request, "scope_asked", scope.NOBODY)
    match = getattr(request, "resolver_match", None)
    values = [str(value) for value in match.kwargs.values()] if match else []
    values += getattr(request, "named_values", ())  # what SOAP names in its body, where a page has a path
    person, account = asked.who_answers
    status, method = response.status_code, request.method or "GET"
    is_miss = status in {404, 410}
    is_refused = status >= 400 or (status == 200 and method == "POST" and not is_api(request))
    path_ids = tuple(_ids(values))
    named = _named(request, seen, () if is_miss else path_ids, is_refused=is_refused)
    if settings.CONSOLE:  # what staff work with is others'; what they may see of it is the business of cases
        path_ids = named = ()
    by_operation = is_soap(request)  # many of them share an address
    return Signal(
        at=now.timestamp(),
        request_id=asked.request_id,
        endpoint=asked.endpoint if by_operation else match.view_name if match else "",
        method=method,
        status=status,
        actor=asked.actor,
        person=str(person or ""),
        key=str(asked.key_id or ""),
        account=str(account or ""),
        behalf=str(asked.user_id or "") if asked.answering else "",
        source=source_of(asked.source),
        device=hashed(request.COOKIES.get(f"{settings.COOKIE_PREFIX}device", "")),
        is_young=_is_young(request, now),
        declared=seen.declared,
        size=seen.size,
        objects=tuple(seen.objects[: DEFAULTS.stream.ids_counted]),
        strange=path_ids if is_miss else (),
        named=named,
        numbers=tuple(int(found[1]) for value in values if (found := ITEM_NUMBER.match(value))),
        email=_email(request, match.view_name if match else "", status),
        is_probe=_is_probe(request, seen, is_refused=is_refused),
        is_framed=_is_framed(request, asked),
    )


def of_task(name: str, seen: Observation, *, now: datetime) -> Signal:
    """Return what is to be said of a task that is done, in the scope it ran in."""
    active = scope.get()
    person, account = active.who_answers
    return Signal(
        at=now.timestamp(),
        request_id=active.request_id,
        endpoint=name,
        method="TASK",
        actor=active.actor,
        person=str(person or ""),
        key=str(active.key_id or ""),
        account=str(account or ""),
        declared=seen.declared or name,
        size=seen.size,
        objects=tuple(seen.objects[: DEFAULTS.stream.ids_counted]),
    )


def source_of(address: str) -> str:
    """Return the keyed hash under which a network is counted: an address, or an IPv6 customer's network."""
    return _source(address)


def hashed(value: str) -> str:
    return _hash(value) if value else ""


_source = lru_cache(maxsize=4096)(hashed_source)


@lru_cache(maxsize=4096)
def _hash(value: str) -> str:
    return salted_hmac(SALT, value, algorithm="sha256").hexdigest()[:24]


def _ids(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        if len(value) >= 32 and (found := references.ID.search(value)):
            yield str(UUID(found[0]))


def _named(request: HttpRequest, seen: Observation, path_ids: tuple[str, ...], *, is_refused: bool) -> tuple[str, ...]:
    """Return ids that a request refers to and was not given: in its query, and in path and body of a refused one."""
    found = set(references.in_query(request))
    if is_refused:
        found.update(path_ids, references.in_form(request), references.in_json(seen.body))
    return tuple(sorted(found.difference(seen.objects))[:MOST_IDS])


def _is_probe(request: HttpRequest, seen: Observation, *, is_refused: bool) -> bool:
    """Tell whether an address, or the body of what was refused, holds what attacks are made of."""
    texts = [unquote_plus(request.get_full_path())]
    if is_refused:
        _read_small_form(request)
        texts += [LINES.sub(" ", text)[:BODY_SEARCHED] for text in _bodies(request, seen)]
    return any(INJECTED.search(text) for text in texts)


def _read_small_form(request: HttpRequest) -> None:
    """Read a form that was refused before anybody looked into it, as one without its token is.

    Ids in such a form are nobody's intention, since any site can send one: `_named` has looked before this.
    """
    is_read = hasattr(request, "_post") or getattr(request, "_read_started", True)
    length = str(request.META.get("CONTENT_LENGTH", ""))
    is_small = length.isdecimal() and 0 < int(length) <= BODY_SEARCHED
    if is_read or not is_small or request.content_type != "application/x-www-form-urlencoded":
        return
    with suppress(SuspiciousOperation, UnreadablePostError):
        _ = request.POST


def _bodies(request: HttpRequest, seen: Observation) -> list[str]:
    """Return what a request brought, as far as somebody has read it."""
    texts = [seen.body[:BODY_SEARCHED].decode("utf-8", "replace")]
    if request.method not in {"GET", "HEAD"} and hasattr(request, "_post"):
        texts += [
            str(value)
            for name, value in request.POST.items()
            if name != "csrfmiddlewaretoken" and "password" not in name
        ]
    return texts


def _is_young(request: HttpRequest, now: datetime) -> bool:
    created = getattr(getattr(request, "account", None), "created_at", None)
    return created is not None and now - created < timedelta(days=tuning.current().counting.young_days)


def _email(request: HttpRequest, endpoint: str, status: int) -> str:
    """Return the hash of an e-mail that was tried at an entrance: not of one whose holder has signed in by it."""
    mark: Mark | None = getattr(request, "scope_mark", None)
    if request.method != "POST" or mark is None or mark.door is not Door.ENTRANCE:
        return ""
    if endpoint == "account_login" and status == 302:
        return ""
    typed = request.POST.get("login") or request.POST.get("email") or ""
    return _hash(f"email|{typed.strip().lower()}") if typed else ""


def _is_framed(request: HttpRequest, asked: scope.Scope) -> bool:
    """Tell whether a browser may have been led here: then nobody is sure that its user wanted it.

    A key is never led. A browser says where a navigation began (Fetch Metadata); one that does not, by its Referer,
    which our own policy sends within the site alone.
    """
    if asked.key_id is not None:
        return False
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site != "same-origin"
    return f"//{request.get_host()}/" not in request.headers.get("Referer", "")


def uuid_or_none(text: str) -> UUID | None:
    return UUID(text) if text else None
