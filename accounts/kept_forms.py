"""What somebody typed into a form that was not taken: kept while they sign in again, and shown in the form again.

The session had ended, or another account had become the active one; it is shown in the account it was typed for.

Only forms of closed doors are kept, only words (no passwords, no files), for an hour, and for one person: whoever
signed in last on this browser. They lie in Redis, sealed under a key that is made of a cookie and the site's secret:
neither a copy of Redis nor a stolen cookie alone can be read. The person's id is bound into the seal; when somebody
else signs in, they are wiped.

A form is only shown again: nothing is sent before somebody presses its button.
"""

from __future__ import annotations

import json
import logging
import os
import re
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import resolve_url
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from redis import RedisError

from accounts import devices, form_account, periods
from security import marks, scope
from security.kek import NONCE_BYTES
from security.texts import isolated

logger = logging.getLogger(__name__)
COOKIE, SALT = f"{settings.COOKIE_PREFIX}kept", "accounts.kept_forms"
LIFETIME = periods.KEPT_FORMS.length()
MOST_BYTES = 64_000
MOST_FORMS = 5
SECRET = re.compile(r"[0-9a-f]{64}")
# By the address' name: when it was kept (seconds since 1970), its words, and the account that it was drawn for, or ""
# where it does not say.
Forms = dict[str, dict[str, Any]]


def keep(request: HttpRequest, *, proven: bool, now: datetime) -> bool:
    """Keep the form that a request brought, for the person whose session it had been; tell whether it is kept.

    `proven`: the form's token was right, so it was drawn after the latest sign-in here, for that person. Without this
    proof it is kept only on a browser that one person alone has used. The cookie is set by `hand_out`.
    """
    users, key = devices.users(request), _name(request.resolver_match)
    present = scope.get().user_id
    is_theirs = bool(users) and (proven or len(users) == 1) and (present is None or str(present) == users[-1])
    if request.method != "POST" or not key or not is_theirs or not _is_ours(request):
        return False
    words = {name: values for name, values in request.POST.lists() if not _is_secret(name)}
    cookie = request.COOKIES.get(COOKIE, "")
    secret = cookie if SECRET.fullmatch(cookie) else os.urandom(32).hex()
    try:
        with scope.identity():
            forms = _open(secret, users[-1], now=now) or {}
            forms[key] = {"at": int(now.timestamp()), "words": words, "account": _account(request)}
            latest = dict(sorted(forms.items(), key=lambda item: -item[1]["at"])[:MOST_FORMS])
            if not _seal(secret, users[-1], latest) and not _seal(secret, users[-1], {key: forms[key]}):
                return False
    except RedisError as error:
        logger.error("Redis is away", extra={"error": type(error).__name__})
        return False
    request.kept_secret = secret  # type: ignore[attr-defined]
    return True


def has_words(request: HttpRequest) -> bool:
    """Tell whether a form brought anything that somebody typed or chose: a button alone leaves nothing to keep."""
    return any(not _is_secret(name) for name in request.POST)


def hand_out(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give the browser the cookie that opens what was kept."""
    if secret := getattr(request, "kept_secret", ""):
        response.set_cookie(
            COOKIE, secret, max_age=LIFETIME, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
    return response


def page_of(request: HttpRequest) -> str:
    """Return the address of the page where the form stands: the one it came from, if that is ours, else its own.

    An address that shows nothing by itself (a button's) is no page; then it is the first page.
    """
    came_from = request.headers.get("Referer", "")
    host = {request.get_host()}
    if url_has_allowed_host_and_scheme(came_from, allowed_hosts=host, require_https=request.is_secure()):
        parts = urlsplit(came_from)
        try:
            resolve(parts.path)
        except Resolver404:
            return _own_page(request)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return _own_page(request)


def _own_page(request: HttpRequest) -> str:
    match = request.resolver_match
    methods = marks.methods_of(match.func) if match else None
    return request.get_full_path() if methods is None or "GET" in methods else resolve_url(settings.LOGIN_REDIRECT_URL)


def find(request: HttpRequest, *, user_id: UUID, now: datetime) -> None:
    """Put what was kept for the person who is signed in at the request's hand; wipe what is somebody else's.

    A form that arrives is no longer kept: it is in the hands of its view.
    """
    secret = request.COOKIES.get(COOKIE, "")
    if not SECRET.fullmatch(secret):
        return
    try:
        with scope.identity():
            forms = _open(secret, str(user_id), now=now)
            if forms is None:
                cache.delete(_place(secret))
            elif request.method == "POST" and _arrived(request, forms):
                _seal(secret, str(user_id), forms)
    except RedisError as error:
        logger.error("Redis is away", extra={"error": type(error).__name__})
        return
    request.kept_forms = forms or {}  # type: ignore[attr-defined]


def typed(request: HttpRequest) -> QueryDict | None:
    """Return what a form starts with: what was sent, else what was kept for this page, else None.

    What was kept comes with a GET: it fills the form, and nothing is done with it.
    """
    if request.method == "POST":
        return request.POST
    return typed_at(request, _name(request.resolver_match))


def typed_at(request: HttpRequest, name: str) -> QueryDict | None:
    """Return what was kept for a form that goes to another address than the page's: named as `name_of` does."""
    forms: Forms = getattr(request, "kept_forms", {})
    kept = forms.get(name)
    if kept is None or request.method == "POST":
        return None
    if kept["account"] not in {"", str(scope.get().account_id)}:
        _tell_of_other_account(request, kept["account"])
        return None
    words = QueryDict(mutable=True)
    for field, values in kept["words"].items():
        words.setlist(field, values)
    words._mutable = False
    messages.info(request, _("We kept what you typed. Check it and continue."))
    return words


def _tell_of_other_account(request: HttpRequest, account_id: str) -> None:
    """What was typed for one account fills no form of another; for one that its author has left it is lost."""
    memberships = getattr(request, "memberships", [])
    account = next((item.account for item in memberships if str(item.account_id) == account_id), None)
    if account is not None:
        text = _("What you typed here is kept for the account “%(name)s”. Switch to it to go on.")
        messages.info(request, text % {"name": isolated(account.name)})


def name_of(view_name: str, **parameters: Any) -> str:
    """Return the name that a form's address has here, the same in every language."""
    return view_name + "".join(f" {name}={value}" for name, value in sorted(parameters.items()))


def _name(match: ResolverMatch | None) -> str:
    return name_of(match.view_name, **match.kwargs) if match else ""


def _is_ours(request: HttpRequest) -> bool:
    """Tell whether a page of ours sent the form: another site's page shall not lay words into our forms."""
    sender = urlsplit(request.headers.get("Origin") or request.headers.get("Referer", ""))
    return (sender.scheme, sender.netloc) == (request.scheme, request.get_host())


def _account(request: HttpRequest) -> str:
    """Return the account that the form was drawn for; "" where it does not say."""
    return str(form_account.drawn_for(request) or "")


def _arrived(request: HttpRequest, forms: Forms) -> bool:
    """Take a form that arrives in the account it was kept for out of what is kept; tell whether it was there."""
    key = _name(request.resolver_match)
    if key not in forms or forms[key]["account"] not in {"", _account(request)}:
        return False
    del forms[key]
    return True


def _is_secret(name: str) -> bool:
    return name in {"csrfmiddlewaretoken", form_account.FIELD} or "password" in name.lower()


def _place(secret: str) -> str:
    return f"kept-forms:{sha256(secret.encode()).hexdigest()}"


def _cipher(secret: str) -> AESGCM:
    return AESGCM(salted_hmac(SALT, secret, algorithm="sha256").digest())


def _seal(secret: str, user_id: str, forms: Forms) -> bool:
    """Write the forms of a browser, or nothing and False where they are too large."""
    plain = json.dumps(forms, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if len(plain) > MOST_BYTES:
        return False
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + _cipher(secret).encrypt(nonce, plain, user_id.encode())
    cache.set(_place(secret), sealed, timeout=int(LIFETIME.total_seconds()))
    return True


def _open(secret: str, user_id: str, *, now: datetime) -> Forms | None:
    """Return what is kept and still fresh; None where it is another person's."""
    sealed: bytes | None = cache.get(_place(secret))
    if sealed is None:
        return {}
    try:
        plain = _cipher(secret).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], user_id.encode())
    except InvalidTag:
        return None
    forms: Forms = json.loads(plain.decode("utf-8", "surrogatepass"))
    oldest = (now - LIFETIME).timestamp()
    return {name: kept for name, kept in forms.items() if kept["at"] > oldest}
