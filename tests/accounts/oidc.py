"""A company's OpenID Connect provider for tests: real HTTP on loopback, real keys, codes that work once, PKCE.

It does what an honest provider does; a test that wants a dishonest one changes `document`, `claims` or `sign`.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from accounts.company.client import challenge_of

CLIENT, SECRET = "ecship", "a secret of the client"


@cache
def key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def signed(claims: dict[str, Any], *, by: str = "first", kid: str = "first") -> str:
    return jwt.encode(claims, key(by), algorithm="ES256", headers={"kid": kid})


@dataclass
class Grant:
    """What a code stands for."""

    asked: dict[str, str]
    claims: dict[str, Any]
    is_used: bool = False


@dataclass
class Company:
    """One provider. `asked_for` are the paths that were asked, in their order."""

    issuer: str = ""
    document: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any]], str] = signed
    grants: dict[str, Grant] = field(default_factory=dict)
    asked_for: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, bytes, dict[str, str]]] = field(default_factory=dict)  # in place of the honest ones

    def sign_in(self, address: str, **claims: Any) -> str:
        """Do what somebody does at the provider: sign in; return the query with which they are led back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?")
        code, now = secrets.token_urlsafe(16), int(time.time())
        says = {
            "iss": self.issuer, "sub": "sub-1", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            "email": "alice@example.com", "email_verified": True, **claims,
        }  # fmt: skip
        self.grants[code] = Grant(asked, {name: value for name, value in says.items() if value is not None})
        return urlencode({"code": code, "state": asked["state"], "iss": self.issuer})

    def says_of_itself(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            **self.document,
        }

    def keys(self) -> dict[str, Any]:
        public: dict[str, Any] = ECAlgorithm.to_jwk(key("first").public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "first", "use": "sig", "alg": "ES256"}]}

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        grant = self.grants.get(form.get("code", ""))
        client = b64decode(authorization.removeprefix("Basic ")).decode() if authorization else ""
        fits = (
            grant is not None
            and not grant.is_used
            and (client == f"{CLIENT}:{SECRET}" or form.get("client_secret") == SECRET)
            and form["redirect_uri"] == grant.asked["redirect_uri"]
            and challenge_of(form["code_verifier"]) == grant.asked["code_challenge"]
        )
        if not fits or grant is None:
            return 400, {"error": "invalid_grant"}
        grant.is_used = True
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.sign(grant.claims)}


@contextmanager
def running() -> Iterator[Company]:
    """Serve a provider until the block ends."""
    company = Company()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            honest = {"/.well-known/openid-configuration": company.says_of_itself, "/keys": company.keys}
            self.say(200, honest[self.path]() if self.path in honest else {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.say(*company.token(form, self.headers.get("Authorization", "")))

        def say(self, status: int, words: dict[str, Any]) -> None:
            company.asked_for.append(self.path)
            status, body, headers = company.answers.get(self.path, (status, json.dumps(words).encode(), {}))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    company.issuer = f"http://127.0.0.1:{server.server_port}"
    try:
        yield company
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
