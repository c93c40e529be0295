"""When somebody signs in on a browser that we do not know: the holder is told, and may say that it was not them.

The link in that mail names the person and their present password, keyed, so that it is worth nothing once that has
changed. It does nothing by being opened: programs that look through mail open every link.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from accounts import devices, hashers, outbox, session_list
from accounts.models import OutgoingMail, User
from accounts.whereabouts import block_of
from security import alarms

SALT = "accounts.strangers"
LINK_LIVES = timedelta(days=14)


class LinkInvalid(Exception):
    """The link is unknown, too old, or the password has changed since: one answer for all."""


def tell_of_new_device(request: HttpRequest, user: User, *, source: str, user_agent: str) -> None:
    """Mail the holder, where this browser has no device cookie of theirs."""
    if str(user.pk) in devices.users(request):
        return
    data = {"at": timezone.now().isoformat(), "address": block_of(source), "browser": user_agent[:200]}
    outbox.post(kind=OutgoingMail.Kind.NEW_DEVICE, email=user.email, language=user.language, data=data)


def token_for(user: User) -> str:
    return signing.dumps([str(user.pk), _password(user)], salt=SALT)


def holder_of(token: str) -> User:
    """Return whose link it is. Raises LinkInvalid. Runs in the identity context."""
    try:
        user_id, password = signing.loads(token, salt=SALT, max_age=LINK_LIVES)
        user = User.objects.get(pk=UUID(user_id), is_active=True)
    except (signing.BadSignature, ValueError, TypeError, ValidationError, User.DoesNotExist) as error:
        raise LinkInvalid from error
    if not constant_time_compare(_password(user), password):
        raise LinkInvalid
    return user


def shut_out(user: User) -> None:
    """End every session, make the password worthless, and mail a link for a new one; staff get theirs from a colleague.

    Runs in the identity context.
    """
    user.set_password(get_random_string(64))
    user.save(update_fields=["password"])
    session_list.end_all(user)
    if not user.is_staff:
        outbox.post(kind=OutgoingMail.Kind.RESET, email=user.email, language=user.language)
    alarms.note(kind="not_me", data={"user": str(user.pk)})


def _password(user: User) -> str:
    return salted_hmac(SALT, hashers.opened(user.password), algorithm="sha256").hexdigest()[:32]
