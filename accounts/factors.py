"""Second factors: how they lie in the database, how they are called, and what follows when one is used or added.

Their secrets are sealed under the key of keys: a dump gives nobody's codes.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts import session_list
from accounts.models import User
from security import kek, scope

BOUND_TO = b"mfa.authenticator"
Type = Authenticator.Type
PROVING = [Type.TOTP, Type.WEBAUTHN]  # recovery codes alone are none: they stand in for one that is lost
FEW_CODES = 3
CODE_LIVES = 120  # seconds: a code of an app is taken for one and a half minutes


def use_code(user: User, code: str) -> bool:
    """Use up a code of an app that fits, wherever it was shown; False for one that was used before."""
    return bool(cache.add(f"factor-code:{user.pk}:{normalize_user_code(code)}", 1, timeout=CODE_LIVES))


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return b64encode(kek.provider().wrap(text.encode(), bound_to=BOUND_TO)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises cryptography.exceptions.InvalidTag for what was sealed under another key of keys."""
        return kek.provider().unwrap(b64decode(encrypted_text), bound_to=BOUND_TO).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Staff keep one factor at least: without one they could not come in again."""
        if not authenticator.user.is_staff:
            return True
        kept = Authenticator.objects.filter(user_id=authenticator.user_id).exclude(pk=authenticator.pk)
        return bool(kept.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code as an element of a page: no prologue, no size of its own, no style."""
        from qrcode import QRCode
        from qrcode.constants import ERROR_CORRECT_M

        code = QRCode(error_correction=ERROR_CORRECT_M, border=4)
        code.add_data(url)
        rows = code.get_matrix()
        path = "".join(f"M{x},{y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
        return (
            f'<svg viewBox="0 0 {len(rows)} {len(rows)}" aria-hidden="true" focusable="false"><path d="{path}"/></svg>'
        )

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "ECShip"}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """What a passkey shows of its holder; its id is random and says nothing."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "name": user.email, "display_name": user.name or user.email}


@dataclass(frozen=True)
class RecoveryCode:
    """One code, or that there is one: `text` is empty when it is not shown any more."""

    number: int
    text: str
    is_used: bool


def recovery_codes(codes: Authenticator, *, shown: bool) -> list[RecoveryCode]:
    """Return the ten codes of somebody in their order."""
    wrapped = codes.wrap()
    return [
        RecoveryCode(number=index + 1, text=f"{text[:4]} {text[4:]}" if shown else "", is_used=used)
        for index, text in enumerate(wrapped.generate_codes())
        for used in [bool(codes.data["used_mask"] >> index & 1)]
    ]


def codes_left(user: User) -> int | None:
    """Return how many recovery codes somebody has left; None for who has none at all. Runs in the identity context."""
    codes = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first()
    return None if codes is None else sum(not code.is_used for code in recovery_codes(codes, shown=False))


def has_factor(user: User) -> bool:
    """Tell whether somebody signs in with a second factor. Runs in the identity context."""
    return bool(Authenticator.objects.filter(user=user, type__in=PROVING).exists())


def end_older_sessions(sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """With the first factor all other sessions end: they began without one."""
    if authenticator.type not in PROVING:
        return
    with scope.identity():
        others = Authenticator.objects.filter(user=user, type__in=PROVING).exclude(pk=authenticator.pk)
        if not others.exists():
            session_list.end_all(user, but=request.session.session_key)


def tell_of_used_code(sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """A recovery code is for emergencies: its holder is told by mail, and here how many are left."""
    from allauth.account.adapter import get_adapter

    if authenticator.type != Type.RECOVERY_CODES:
        return
    left = codes_left(user) or 0
    get_adapter(request).send_notification_mail("recovery_code_used", user, {"codes_left": left})
    if left <= FEW_CODES:
        text = ngettext(
            "You have %(count)d recovery code left. Make new ones in your settings, under second factor.",
            "You have %(count)d recovery codes left. Make new ones in your settings, under second factor.",
            left,
        )
        messages.warning(request, text % {"count": left})
