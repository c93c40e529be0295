"""Signing up: a wish that holds no password, a mailed link, and the account that its reader opens.

Whoever asks proves nothing, so nothing is opened for them: no user, no account, no password. Whoever opens the link
reads the mailbox; they choose the password. So nobody can lie in wait with a password that they have typed before.

The functions here run in the identity context.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import translation

from accounts import outbox, periods, services
from accounts.models import SIGN_UP_SALT, OutgoingMail, SignUp, User

LIFETIME = periods.SIGN_UPS.length()


class LinkInvalid(Exception):
    """A link that opens nothing; the reason says what its reader can do."""

    class Reason(Enum):
        BROKEN = "broken"  # not as it was mailed
        EXPIRED = "expired"
        USED = "used"  # by this link or another one, or the sign-up is gone

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def request(*, email: str, kind: str, name: str) -> None:
    """Take a wish for an account. The same is done for an e-mail that has one: `begin` finds out, in the worker."""
    outbox.post(kind=OutgoingMail.Kind.SIGN_UP, email=email, data={"kind": kind, "name": name})


@transaction.atomic
def begin(mail: OutgoingMail) -> None:
    """Turn a wish that came in into the mail that is due: a link, or that there is an account already.

    Each wish has a link of its own, which leads to what was typed with it; the first that is used ends the others.
    """
    if User.objects.holder_of(mail.email) is not None:
        mail.kind, mail.data = OutgoingMail.Kind.EXISTS, {}
    else:
        wish = SignUp.objects.create(
            email=mail.email,
            kind=mail.data["kind"],
            account_name=mail.data["name"],
            language=mail.language,
            created_at=mail.created_at,
        )
        mail.kind, mail.data = OutgoingMail.Kind.ACTIVATE, {"sign_up": str(wish.pk)}
    mail.save(update_fields=["kind", "data"])


def find(token: str, *, now: datetime) -> SignUp:
    """Return the wish that a link names. Raises LinkInvalid."""
    try:
        sign_up_id = signing.loads(token, salt=SIGN_UP_SALT, max_age=LIFETIME)
    except signing.SignatureExpired:
        raise LinkInvalid(LinkInvalid.Reason.EXPIRED) from None
    except signing.BadSignature:
        raise LinkInvalid(LinkInvalid.Reason.BROKEN) from None
    wish = SignUp.objects.filter(pk=sign_up_id).first()
    if wish is None or User.objects.holder_of(wish.email) is not None:
        raise LinkInvalid(LinkInvalid.Reason.USED)
    if wish.created_at <= now - LIFETIME:
        raise LinkInvalid(LinkInvalid.Reason.EXPIRED)
    return wish


def activate(wish: SignUp, *, password: str, kind: str, name: str) -> User:
    """Open the account that a wish is for, with the password that its reader chose. Raises LinkInvalid."""
    with translation.override(wish.language):
        try:
            with transaction.atomic():
                if not SignUp.objects.select_for_update().filter(pk=wish.pk).exists():
                    raise LinkInvalid(LinkInvalid.Reason.USED)
                user = services.create_verified_user(email=wish.email, password=password, language=wish.language)
                services.open_account(user=user, kind=kind, name=name)
                SignUp.objects.filter(email=wish.email).delete()
        except IntegrityError:  # another link for the same e-mail was used a moment ago
            raise LinkInvalid(LinkInvalid.Reason.USED) from None
    return user


def latest(email: str, *, now: datetime) -> SignUp | None:
    """Return the newest wish for an e-mail that can still be activated."""
    young = SignUp.objects.filter(email=email.strip().lower(), created_at__gt=now - LIFETIME)
    return young.order_by("-created_at").first()


def expire(*, now: datetime, dry_run: bool = False) -> int:
    """Delete the wishes whose links have run out; return how many. Safe to run twice."""
    old = SignUp.objects.filter(created_at__lte=now - LIFETIME)
    return old.count() if dry_run else old.delete()[0]
