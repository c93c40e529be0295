"""How often a password may be guessed: django-axes asks here before each check, and here the check is counted.

The count is taken in Redis *before* the password is hashed, so that sixty guesses at once get no further than sixty one
after another. Whoever comes on a device that the holder has signed in on counts by that device; all others who try the
same e-mail count together, from however many addresses they come. Five checks, then a lockout of 15 minutes, which
doubles with each further lockout of the same key, up to a day. The keys are hashed: Redis learns no e-mail.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from axes.handlers.base import AxesHandler
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from redis import Redis

from accounts import devices
from security import limits

EMAIL_FIELDS = ("login", "email", "username")
FIRST_LOCKOUT, LONGEST_LOCKOUT = 15 * 60, 24 * 60 * 60  # seconds
FORGET_LOCKOUTS_AFTER = 24 * 60 * 60  # seconds from the end of the last one

# KEYS: checks, lockouts. ARGV: limit, first, longest, forget. Returns 0 to let a check pass, else the seconds to wait.
RESERVE = """
local limit, first, longest, forget = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local checks = redis.call('INCR', KEYS[1])
if checks == 1 then redis.call('EXPIRE', KEYS[1], first) end
if checks == limit then
  local past = redis.call('INCR', KEYS[2]) - 1
  local seconds = math.min(first * 2 ^ math.min(past, 30), longest)
  redis.call('EXPIRE', KEYS[1], seconds)
  redis.call('EXPIRE', KEYS[2], seconds + forget)
end
if checks <= limit then return 0 end
return math.max(redis.call('TTL', KEYS[1]), 1)
"""


class Handler(AxesHandler):  # type: ignore[misc]
    """The handler of django-axes. Raises redis.RedisError where the counters are away: then nobody signs in."""

    def is_allowed(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Count one check of a password; False when there have been too many."""
        wait = reserve(subject_of(request, typed_email(request, credentials)))
        request.lockout_seconds = wait  # type: ignore[attr-defined]
        return not wait

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return bool(getattr(request, "lockout_seconds", 0))

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Nothing to count, it was counted before; where it was refused, the middleware shows the page."""
        from accounts import sign_in_log

        wait = getattr(request, "lockout_seconds", 0)
        sign_in_log.note_failure("password", email=typed_email(request, credentials), is_closed=bool(wait))
        if wait:
            request.axes_locked_out, request.axes_credentials = True, credentials  # type: ignore[union-attr]

    def reset_attempts(
        self, *, ip_address: str | None = None, username: str | None = None, ip_or_username: bool = False
    ) -> int:
        """For `manage.py axes_reset_username`: let an e-mail be tried again from unknown devices."""
        return forgive(subject_of(None, (username or "").strip().lower()))


def reserve(subject: str) -> int:
    """Count a check of a password for a subject before it is made; return the seconds to wait, 0 to go on."""
    limits = (settings.AXES_FAILURE_LIMIT, FIRST_LOCKOUT, LONGEST_LOCKOUT, FORGET_LOCKOUTS_AFTER)
    return int(_redis(settings.REDIS_URL).eval(RESERVE, 2, *_keys(subject), *limits))


def forgive(subject: str) -> int:
    """Forget the checks and lockouts of a subject, after the right password or a reset. Returns how many keys went."""
    return int(_redis(settings.REDIS_URL).delete(*_keys(subject)))


def subject_of(request: HttpRequest | None, email: str) -> str:
    """Return who is counted: the known device, or everybody who tries this e-mail on unknown ones."""
    device = devices.known_device(request, email) if request is not None else None
    if device:
        return f"device:{device}"
    return f"email:{salted_hmac('accounts.lockout', email, algorithm='sha256').hexdigest()}"


def _keys(subject: str) -> tuple[str, str]:
    return f"lockout:checks:{subject}", f"lockout:times:{subject}"


@lru_cache(maxsize=2)
def _redis(address: str) -> Redis:
    return Redis.from_url(address, socket_connect_timeout=2, socket_timeout=2)


def typed_email(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """Return the e-mail that somebody tries to sign in with, in lower case."""
    sources: list[Any] = [credentials or {}]
    if request is not None:
        sources.append(request.POST)
    for source in sources:
        for name in EMAIL_FIELDS:
            if value := source.get(name):
                return str(value).strip().lower()
    return ""


def client_address(request: HttpRequest) -> str:
    """Return the client's address as allauth counts it, as one; "" for a command's request."""
    if "REMOTE_ADDR" not in request.META:
        return ""
    from allauth.account.adapter import get_adapter

    return str(get_adapter(request).get_client_ip(request))


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The page at a lockout: the same whether the e-mail is known or not."""
    seconds = getattr(request, "lockout_seconds", 0) or FIRST_LOCKOUT
    response = render(request, "account/locked_out.html", {"wait": limits.wait_words(seconds)}, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response
