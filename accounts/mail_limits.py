"""How much mail somebody can have sent: counted by who asks, by account, and by the address it goes to.

What is counted is what was typed, before anybody knows whether the address is known; so reaching a limit tells that
somebody has asked, and nothing else. Each act has its own count: a full one shuts no other. Addresses are hashed: Redis
learns none. All raise redis.RedisError where Redis is away.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from security import limits, scope
from security.limits import Limit

DAY = 24 * 60 * 60  # seconds
# Invitations: by one person in all accounts, in one account by all, and from one account to one address.
BY_PERSON = Limit("invitations-person", items=50, seconds=DAY)
IN_ACCOUNT = Limit("invitations-account", items=100, seconds=DAY)
TO_ADDRESS = Limit("invitations-address", items=3, seconds=DAY)
# Invitations that arrive at one address from all accounts together: later ones wait, which nobody is told.
ARRIVING = Limit("invitations-arriving", items=5, seconds=DAY)
SIGN_UPS = Limit("sign-ups", items=4, seconds=DAY)  # for one address
RESETS = Limit("resets", items=5, seconds=DAY)  # for one address
STRANGERS = Limit("mails-source", items=300, seconds=DAY)  # both, from one source: an office may share it
ADDING = Limit("addresses-person", items=10, seconds=DAY)  # further addresses of one person, and links mailed again
CONFIRMING = Limit("addresses-address", items=4, seconds=DAY)  # for one address
# Changes that others get a mail about: a role, a new key. Ending something is never refused.
TELLING = Limit("changes-told", items=100, seconds=DAY)


class TooMuchMail(Exception):
    """A limit is reached; `wait` until the same may be asked again."""

    def __init__(self, limit: Limit, wait: timedelta) -> None:
        super().__init__(limit.name)
        self.limit, self.wait = limit, wait

    def __str__(self) -> str:
        """What to tell whoever asked, in their language."""
        return f"{_words(self.limit)} {limits.wait_words(ceil(self.wait.total_seconds()))}"


def invite(*, by: UUID, account: UUID, email: str, now: datetime) -> None:
    """Count an invitation. Raises TooMuchMail."""
    whom = f"{account}:{_hashed(email)}"
    _count([(BY_PERSON, str(by)), (IN_ACCOUNT, str(account)), (TO_ADDRESS, whom)], now=now)


def arrives(email: str, *, now: datetime) -> timedelta:
    """Count an invitation on its way to an address; return how long it has to wait, nothing for one that may go."""
    verdict = limits.ask([(ARRIVING, _hashed(email))], now=now)[0]
    return timedelta(seconds=verdict.retry_in)


def sign_up(email: str, *, now: datetime) -> None:
    """Count a sign-up. Raises TooMuchMail."""
    _count([(SIGN_UPS, _hashed(email)), (STRANGERS, _source())], now=now)


def reset(email: str, *, now: datetime) -> None:
    """Count a wish for a new password. Raises TooMuchMail."""
    _count([(RESETS, _hashed(email)), (STRANGERS, _source())], now=now)


def confirm(email: str, *, by: UUID, now: datetime) -> None:
    """Count a link that confirms a further address. Raises TooMuchMail."""
    _count([(ADDING, str(by)), (CONFIRMING, _hashed(email))], now=now)


def tell(*, by: UUID, now: datetime) -> None:
    """Count a change that others get a mail about. Raises TooMuchMail."""
    _count([(TELLING, str(by))], now=now)


def _count(counted: Sequence[tuple[Limit, str]], *, now: datetime) -> None:
    refused = [one for one in limits.ask(counted, now=now) if not one.allowed]
    if refused:
        longest = max(refused, key=lambda one: one.retry_in)
        raise TooMuchMail(longest.limit, timedelta(seconds=longest.retry_in))


def _hashed(email: str) -> str:
    return salted_hmac("accounts.mail_limits", email.strip().lower(), algorithm="sha256").hexdigest()


def _source() -> str:
    return limits.network_of(scope.get().source)


def _words(limit: Limit) -> str:
    if limit in {SIGN_UPS, RESETS, CONFIRMING}:
        return _("We have mailed this address several times. Look for the latest mail, also in the spam folder.")
    if limit == TO_ADDRESS:
        return _("This address was invited from this account several times. The latest link works for 30 days.")
    if limit == TELLING:
        return _("You have made many changes that others get a mail about.")
    return _("You have asked for as many mails as one may in a day.")
