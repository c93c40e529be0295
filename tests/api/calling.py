"""How tests call the API: as a person's browser session, or with a key."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from accounts import keys
from accounts.roles import KEY_SCOPES
from security import scope
from tests.conftest import Person

ROOT = "/api/v1"
BOOKS, SHIPMENTS = f"{ROOT}/address-books/", f"{ROOT}/shipments/"
PROBLEM = "application/problem+json"
CONTACT = {"name": "Ann Lee", "country": "GB", "lines": ["10 High Street"], "city": "London", "postcode": "SW1A 1AA"}


def key_of(person: Person, *scopes: str, **options: Any) -> Client:
    """Return a client with a new key of the person: with the scopes named, or with all of them."""
    with scope.identity():
        _key, token = keys.create_api_key(
            account=person.account, by=person.user, name="Shop", scopes=list(scopes or KEY_SCOPES), **options
        )
    return Client(headers={"authorization": f"Bearer {token}"})


def call(client: Client, method: str, address: str, body: Any = None, **headers: str) -> Any:
    """Send a request; a body becomes JSON unless it is bytes already."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    media = sent.pop("Content-Type", "application/json")
    return client.generic(method.upper(), address, data, content_type=media, headers=sent)


def is_problem(answer: Any, status: int) -> bool:
    """Tell whether an answer is a problem of that status, whole and in the right media type."""
    if answer.status_code != status or answer["Content-Type"] != PROBLEM:
        return False
    body = answer.json()
    return body["status"] == status and bool(body["title"]) and len(body["instance"]) == 32
