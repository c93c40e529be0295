"""Speaking with a provider (OpenID Connect Core 1.0, the code flow with PKCE): where to sign in, and who came back.

Nothing is believed that was not asked for: the issuer is the one that was set, to the letter; the ID token is signed by
one of its keys with an algorithm of our list, for this client, for this very wish (nonce), and is new.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import requests
from django.core.cache import cache
from django.utils.crypto import constant_time_compare

from accounts.company.providers import Provider

ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]  # of key pairs alone: a shared secret signs nothing here
SECONDS = 5  # for each answer of a provider
MOST_BYTES = 200_000
KEPT_SECONDS, AWAY_SECONDS = 600, 30
LEEWAY = 60  # seconds: clocks differ
OLDEST = 600  # seconds since the token was made
AWAY = "away"


class Refused(Exception):
    """The provider, or what came in its name, is not to be believed. `reason` is one word, for the log of sign-ins."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def challenge_of(verifier: str) -> str:
    """Return what is sent ahead of a verifier (RFC 7636, S256)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def sign_in_address(provider: Provider, *, back_to: str, state: str, nonce: str, verifier: str, email: str) -> str:
    """Return where one signs in there. Raises Refused."""
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": back_to,
        "scope": "openid email",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        **({"login_hint": email} if email else {}),
    }
    endpoint = _endpoint(provider, "authorization_endpoint")
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"


def claims_for(provider: Provider, *, code: str, back_to: str, nonce: str, verifier: str) -> dict[str, Any]:
    """Return what the provider says of whoever came back with a code. Raises Refused."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back_to, "code_verifier": verifier}
    methods = _document(provider).get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    auth = (provider.client_id, provider.client_secret) if "client_secret_basic" in methods else None
    if auth is None:
        form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
    answer = _ask("POST", _endpoint(provider, "token_endpoint"), data=form, auth=auth)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise Refused("no_token")
    return read_token(provider, token, nonce=nonce)


def read_token(provider: Provider, token: str, *, nonce: str) -> dict[str, Any]:
    """Return the claims of an ID token (OpenID Connect Core 1.0, 3.1.3.7). Raises Refused."""
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise Refused("algorithm")
        claims: dict[str, Any] = jwt.decode(
            token,
            _key(provider, header.get("kid")),
            algorithms=[header["alg"]],
            audience=provider.client_id,
            issuer=provider.issuer,
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except (jwt.PyJWTError, TypeError, ValueError, AttributeError) as wrong:
        raise Refused("token") from wrong
    audience = claims["aud"]
    if claims.get("azp", provider.client_id) != provider.client_id or (
        isinstance(audience, list) and len(audience) > 1 and "azp" not in claims
    ):
        raise Refused("audience")
    if not constant_time_compare(str(claims.get("nonce", "")), nonce):
        raise Refused("nonce")
    if claims["iat"] < time.time() - OLDEST:
        raise Refused("old")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
        raise Refused("subject")
    return claims


def _key(provider: Provider, kid: Any) -> Any:
    """Return the provider's key of a name; of no name where there is one key alone."""
    found = _keys(provider, kid, anew=False) or _keys(provider, kid, anew=True)
    if found is None:
        raise Refused("key")
    return found.key


def _keys(provider: Provider, kid: Any, *, anew: bool) -> jwt.PyJWK | None:
    document = _kept(provider, "keys", _endpoint(provider, "jwks_uri"), anew=anew)
    usable = [key for key in jwt.PyJWKSet.from_dict(document).keys if key.public_key_use in {None, "sig"}]
    if kid is None:
        return usable[0] if len(usable) == 1 else None
    return next((key for key in usable if key.key_id == kid), None)


def _document(provider: Provider) -> dict[str, Any]:
    """Return what the provider says of itself (OpenID Connect Discovery 1.0). It must be the issuer that was set."""
    address = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
    document = _kept(provider, "document", address)
    if document.get("issuer") != provider.issuer:
        raise Refused("issuer")
    return document


def _endpoint(provider: Provider, name: str) -> str:
    """Return an address of the provider's, which is as safe as its issuer's."""
    address = _document(provider).get(name)
    scheme = urlsplit(provider.issuer).scheme
    if not isinstance(address, str) or urlsplit(address).scheme not in {"https", scheme}:
        raise Refused("endpoint")
    return address


def _kept(provider: Provider, what: str, address: str, *, anew: bool = False) -> dict[str, Any]:
    """Return an answer of a moment ago; one that is away is not asked again at once by everybody."""
    name = f"company:{what}:{provider.place}"
    if anew and not cache.add(f"{name}:anew", 1, timeout=AWAY_SECONDS):
        raise Refused("key")  # made-up names of keys make us ask no more often than this
    kept = None if anew else cache.get(name)
    if kept == AWAY:
        raise Refused("away")
    if kept is None:
        try:
            kept = _ask("GET", address)
        except Refused:
            cache.set(name, AWAY, timeout=AWAY_SECONDS)
            raise
        cache.set(name, kept, timeout=KEPT_SECONDS)
    found: dict[str, Any] = kept
    return found


def _ask(method: str, address: str, **more: Any) -> dict[str, Any]:
    """Return a JSON object. It is led nowhere else, and neither size nor time is the other side's to choose."""
    session = requests.Session()
    session.trust_env = False  # no proxy and no password out of the environment
    try:
        with session, session.request(
            method, address, timeout=SECONDS, allow_redirects=False, stream=True,
            headers={"Accept": "application/json"}, **more,
        ) as answer:  # fmt: skip
            body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
            status = answer.status_code
    except (requests.RequestException, OSError) as away:
        raise Refused("away") from away
    if status != 200 or len(body) > MOST_BYTES:
        raise Refused("answer")
    try:
        read = json.loads(body)
    except ValueError as wrong:
        raise Refused("answer") from wrong
    if not isinstance(read, dict):
        raise Refused("answer")
    return read
