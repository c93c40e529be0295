"""How often somebody may ask. The limits of the API as a whole stand here; a page or view may have its own.

Each is a generic cell rate algorithm (GCRA): so many at once, coming back evenly over the seconds. One script in Redis
asks all limits of a request in one round trip, and counts only where all of them let it pass.

The API's own are asked while the database is asked who may enter (`Question`): one waiting less for each request.

Where Redis is away, changes are refused at once, and reading goes on without limits for a minute in each process: an
outage must not stop a counter clerk who looks an address up, and must not be worth making.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_network
from math import ceil
from time import monotonic
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from redis import Redis, RedisError, exceptions
from redis.commands.core import Script

from security import addresses, scope, tuning
from security.marks import Door, Mark
from security.problems import is_api, problem_response
from security.thresholds import DEFAULTS

logger = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class Limit:
    """So many in so many seconds, for one of whoever is counted; the name is what RateLimit fields call it."""

    name: str
    items: int
    seconds: int

    @property
    def allowed(self) -> int:
        """The quota of this site: what stands here, times RATE_LIMIT_FACTOR."""
        return self.items * settings.RATE_LIMIT_FACTOR


ACTOR = Limit("actor", items=1_200, seconds=60)  # one key, or one person
ACCOUNT = Limit("account", items=3_000, seconds=60)  # all keys and people of an account together
ADDRESS = Limit("address", items=300, seconds=60)  # whoever shows no key and no session, by where they come from
SOURCE = Limit("source", items=3_000, seconds=60)  # all without key or session from a network; detection exhausts it
QUOTES = Limit("quotes", items=120, seconds=60)  # quotes for one address
PARSES = Limit("parse", items=120, seconds=60)  # pasted addresses of one key or person: each costs a core's time

HELD = "held"  # what RateLimit fields call a limit that detection keeps shut
OPEN_SECONDS = DEFAULTS.stream.open_seconds  # reading goes on without limits for so long after Redis went away
ASK_AGAIN_SECONDS = 1  # and meanwhile Redis is asked again so often
NETWORK_6 = 64  # bits of an IPv6 address that one customer of a provider has

# KEYS: one of each limit. ARGV: the time and how much is taken, then quota and window of each; times in milliseconds.
# Returns for each: whether it lets this pass, what is left, milliseconds until it is whole, milliseconds to wait.
TAKE = """
local now, cost, passes, found, whole = tonumber(ARGV[1]), tonumber(ARGV[2]), true, {}, {}
for number, key in ipairs(KEYS) do
  local quota, window = tonumber(ARGV[2 * number + 1]), tonumber(ARGV[2 * number + 2])
  local before = math.max(tonumber(redis.call('GET', key) or now), now)
  local after = before + cost * window / quota
  if after - now > window then passes = false end
  whole[number] = {before, after, quota, window}
end
for number, key in ipairs(KEYS) do
  local before, after, quota, window = unpack(whole[number])
  local lets = after - now <= window
  local held = passes and after or before
  if passes then redis.call('SET', key, string.format('%.3f', after), 'PX', math.max(math.ceil(after - now), 1)) end
  local left = math.floor((window - (held - now)) * quota / window + 0.0001)
  found[number] = {lets and 1 or 0, left, math.ceil(held - now), lets and 0 or math.ceil(after - now - window)}
end
return found
"""


def throttled() -> Limit:
    """Return the limit of whoever detection slows down, as it is now."""
    return Limit("throttled", items=tuning.current().ladder.throttled_requests, seconds=60)


@dataclass(frozen=True)
class Verdict:
    """What one limit said of a request."""

    limit: Limit
    allowed: bool
    left: int
    resets_in: int  # seconds until the whole quota is there again
    retry_in: int  # seconds until the same request would pass; 0 for one that passes

    @property
    def headers(self) -> dict[str, str]:
        """The limit as HTTP's RateLimit fields say it (draft-ietf-httpapi-ratelimit-headers), and when to come back."""
        return headers_of([self])

    @property
    def is_held(self) -> bool:
        """Whether it is kept shut for a while (`exhaust`), rather than used up: longer than asking alone could."""
        return not self.allowed and self.resets_in > self.limit.seconds

    @property
    def policy(self) -> str:
        """What holds for whoever is told: of one that is kept shut, nothing until the wait is over."""
        if self.is_held:
            return f'"{HELD}";q=0;w={self.retry_in}'
        return f'"{self.limit.name}";q={self.limit.allowed};w={self.limit.seconds}'

    @property
    def state(self) -> str:
        if self.is_held:
            return f'"{HELD}";r=0;t={self.retry_in}'
        return f'"{self.limit.name}";r={self.left};t={self.resets_in}'


def headers_of(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """Return the RateLimit fields of all limits that were asked, and Retry-After where one refused."""
    policies, states = [one.policy for one in verdicts], [one.state for one in verdicts]
    headers = {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}
    if refused := [one.retry_in for one in verdicts if not one.allowed]:
        headers["Retry-After"] = str(max(refused))
    return headers


def take(request: HttpRequest, *, now: datetime, limit: Limit, items: int = 1) -> Verdict:
    """Count items against one limit of the request's source; call it before anything is read. Raises RedisError.

    Where detection's count of the whole network is what refuses, the answer is that count's.
    """
    source = scope.get().source or str(request.META.get("REMOTE_ADDR", ""))
    own, whole = ask([(limit, network_of(source)), (SOURCE, hashed_source(source))], now=now, items=items)
    return max((one for one in (own, whole) if not one.allowed), key=lambda one: one.retry_in, default=own)


def wait_words(seconds: int) -> str:
    """Say to a person when the same may be asked again: in seconds below a minute, else in minutes, else in hours."""
    minutes, hours = ceil(seconds / 60), ceil(seconds / 3600)
    if seconds < 60:
        words = ngettext("You can try again in %(number)s second.", "You can try again in %(number)s seconds.", seconds)
        return words % {"number": seconds}
    if minutes < 60:
        words = ngettext("You can try again in %(number)s minute.", "You can try again in %(number)s minutes.", minutes)
        return words % {"number": minutes}
    words = ngettext("You can try again in %(number)s hour.", "You can try again in %(number)s hours.", hours)
    return words % {"number": hours}


def exhaust(limit: Limit, who: str, *, seconds: int, now: datetime) -> None:
    """Leave nothing of a limit for a while. Raises RedisError."""
    until = round((now.timestamp() + seconds + limit.seconds) * 1000)
    _client(settings.REDIS_URL).set(_key(limit, who), until, px=(seconds + limit.seconds) * 1000)


def hashed_source(source: str) -> str:
    """Return the keyed hash by which detection knows a network."""
    return salted_hmac("security.detection", network_of(source), algorithm="sha256").hexdigest()[:24] if source else ""


def ask(counted: Sequence[tuple[Limit, str]], *, now: datetime, items: int = 1) -> list[Verdict]:
    """Take items from each limit for whoever it counts, or from none of them. Raises RedisError."""
    keys, arguments = _script_arguments(counted, now=now, items=items)
    return _verdicts(counted, _script(settings.REDIS_URL)(keys=keys, args=arguments))


def _script_arguments(
    counted: Sequence[tuple[Limit, str]], *, now: datetime, items: int = 1
) -> tuple[list[str], list[int]]:
    sizes = [size for limit, _who in counted for size in (limit.allowed, limit.seconds * 1000)]
    return [_key(limit, who) for limit, who in counted], [round(now.timestamp() * 1000), items, *sizes]


def _verdicts(counted: Sequence[tuple[Limit, str]], answers: Sequence[tuple[int, int, int, int]]) -> list[Verdict]:
    return [
        Verdict(limit, bool(passes), max(left, 0), _seconds(whole), _seconds(wait))
        for (limit, _who), (passes, left, whole, wait) in zip(counted, answers, strict=True)
    ]


class Question:
    """Asks like `ask`, but sends the question now and waits for the answer when it is wanted."""

    def __init__(self, counted: Sequence[tuple[Limit, str]], *, now: datetime) -> None:
        self.counted, self.now = counted, now
        self._connection: Any = None
        if counted and not OUTAGE.is_on:
            self._send()

    def _send(self) -> None:
        self._pool = _client(settings.REDIS_URL).connection_pool
        keys, arguments = _script_arguments(self.counted, now=self.now)
        try:
            self._connection = self._pool.get_connection()
            self._connection.send_command("EVALSHA", _script(settings.REDIS_URL).sha, len(keys), *keys, *arguments)
        except RedisError:
            self.close()

    def answer(self) -> list[Verdict]:
        """Return what Redis says. Raises RedisError."""
        if self._connection is not None:
            try:
                return _verdicts(self.counted, self._read())
            except (exceptions.NoScriptError, exceptions.ConnectionError):  # Redis was started anew
                pass
        return ask(self.counted, now=self.now)

    def close(self) -> None:
        """Let go of an answer that nobody wants any more; call it in any case."""
        if self._connection is not None:
            with suppress(RedisError):
                self._read()

    def _read(self) -> Any:
        connection, self._connection = self._connection, None
        try:
            return connection.read_response()
        finally:
            self._pool.release(connection)


def _key(limit: Limit, who: str) -> str:
    return f"limit:{limit.name}:{limit.items}:{limit.seconds}:{who}"


def network_of(source: str) -> str:
    """Return who is counted for an address: itself, or the network that one customer has with IPv6."""
    try:
        address = addresses.address(source)
    except ValueError:
        return "unknown"
    return str(address) if address.version == 4 else str(ip_network(f"{address}/{NETWORK_6}", strict=False))


class LimitsMiddleware:
    """Stands just inside the scope, so that it knows who is counted; counts every request under the API's path."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        OUTAGE.forget()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        question: Question | None = getattr(request, "limits_question", None)
        if question is None or not question.counted:
            return self.get_response(request)
        try:
            verdicts = OUTAGE.watch(question.answer)
        except RedisError:
            if _changes(request) or OUTAGE.is_long:
                return _unavailable(request)
            return self.get_response(request)
        if all(verdict.allowed for verdict in verdicts):
            response = self.get_response(request)
        else:
            response = problem_response(request, 429, detail=_("Wait as long as Retry-After says, and ask again."))
        if getattr(request, "is_blocked", False):  # nothing is left to them there, whatever was counted
            return response
        # Of what detection counts nobody is told, unless it is why they wait.
        for name, value in headers_of([one for one in verdicts if one.limit is not SOURCE or not one.allowed]).items():
            response.headers.setdefault(name, value)
        return response


class Outage:
    """Remembers, in one process, since when Redis has been away."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, as a process does."""
        self.began_at: float | None = None
        self.asked_at = 0.0

    @property
    def is_on(self) -> bool:
        return self.began_at is not None

    @property
    def is_long(self) -> bool:
        return self.began_at is not None and monotonic() - self.began_at > OPEN_SECONDS

    def watch(self, ask: Callable[[], T]) -> T:
        """Ask Redis, but not again within a second of a failure. Raises RedisError."""
        if self.began_at is not None and monotonic() - self.asked_at < ASK_AGAIN_SECONDS:
            raise RedisError
        try:
            answer = ask()
        except RedisError as error:
            self.asked_at = monotonic()
            if self.began_at is None:
                self.began_at = self.asked_at
                logger.error("limits are off: Redis is away", extra={"error": type(error).__name__})
            raise
        self.began_at = None
        return answer


OUTAGE = Outage()  # of the limits of requests


def question(request: HttpRequest, asked: scope.Scope) -> Question:
    """Ask the limits of a request whose scope is known; LimitsMiddleware takes the answer, within that scope."""
    made = Question(counted_for(request, asked) if is_api(request) else [], now=timezone.now())
    request.limits_question = made  # type: ignore[attr-defined]
    return made


def counted_for(request: HttpRequest, active: scope.Scope) -> list[tuple[Limit, str]]:
    """Return which limits a request counts for, and whose: those of its view, or the actor's and the account's.

    A view whose work costs more than a row of the database adds limits of its own for the actor (`actor_limits`).
    """
    view: Any = getattr(getattr(request, "scope_view", None), "cls", None)
    own: tuple[Limit, ...] | None = getattr(view, "api_limits", None)
    if own is not None:
        return [(limit, network_of(active.source)) for limit in own]
    actor = active.key_id or active.user_id
    if actor is None:
        return [(ADDRESS, network_of(active.source)), (SOURCE, hashed_source(active.source))]
    more: tuple[Limit, ...] = getattr(view, "actor_limits", ())
    actors = [(limit, str(actor)) for limit in (ACTOR, *more)]
    return [*actors, *([(ACCOUNT, str(active.account_id))] if active.account_id else [])]


def _changes(request: HttpRequest) -> bool:
    mark: Mark | None = getattr(request, "scope_mark", None)
    return request.method not in {"GET", "HEAD"} and not (mark is not None and mark.door is Door.PUBLIC)


def _unavailable(request: HttpRequest) -> HttpResponse:
    transaction.set_rollback(True)
    response = problem_response(request, 503, detail=_("Try again in a few seconds."))
    response.headers["Retry-After"] = "5"
    return response


def _seconds(milliseconds: int) -> int:
    return -(-milliseconds // 1000)


@lru_cache(maxsize=2)
def _script(address: str) -> Script:
    return _client(address).register_script(TAKE)


@lru_cache(maxsize=2)
def _client(address: str) -> Redis:
    return Redis.from_url(address, socket_connect_timeout=1, socket_timeout=1)
