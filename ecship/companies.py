"""OIDC_PROVIDERS read strictly: JSON, one object for each business that signs in with its own provider."""

from __future__ import annotations

import json
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured

NEEDED = {"name", "label", "issuer", "client_id", "client_secret", "account", "domains"}
OPTIONAL = {"second_factor"}
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,62}")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def read(text: str, file: str, *, production: bool) -> list[dict[str, Any]]:
    """Return the providers, from a file if one is named; [] for none. Raises ImproperlyConfigured for a wrong one."""
    written = Path(file).read_text() if file else text
    if not written.strip():
        return []
    try:
        found = json.loads(written)
    except ValueError as error:
        raise ImproperlyConfigured("OIDC_PROVIDERS must be JSON: a list of objects.") from error
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise ImproperlyConfigured("OIDC_PROVIDERS must be JSON: a list of objects.")
    for item in found:
        if fault := _fault(item, production=production):
            raise ImproperlyConfigured(f"OIDC_PROVIDERS, “{item.get('name', '?')}”: {fault}")
    for what, values in (
        ("name", [item["name"] for item in found]),
        ("domain", [domain for item in found for domain in item["domains"]]),
        ("account", [item["account"] for item in found]),
    ):
        if len(set(values)) != len(values):
            raise ImproperlyConfigured(f"OIDC_PROVIDERS: a {what} stands there twice.")
    return found


def _fault(item: dict[str, Any], *, production: bool) -> str:
    """Return what is wrong with one provider, as a sentence; "" for nothing."""
    if not item.keys() >= NEEDED or item.keys() - NEEDED - OPTIONAL:
        return f"it must have {', '.join(sorted(NEEDED))}, may have second_factor, and nothing else."
    if not all(isinstance(item[key], str) and item[key].strip() for key in NEEDED - {"domains"}):
        return "all but domains and second_factor are texts, and none is empty."
    if not NAME.fullmatch(item["name"]):
        return "its name stands in addresses: small letters, digits and hyphens."
    if not _is_id(item["account"]):
        return "account must be the id of the business's account."
    if not _is_list(item["domains"]) or not item["domains"] or not all(map(DOMAIN.fullmatch, item["domains"])):
        return "domains must be a list of its domains, in small letters."
    if not _is_list(item.get("second_factor", [])):
        return "second_factor must be a list of values of amr or acr."
    return _issuer_fault(item["issuer"], production=production)


def _issuer_fault(issuer: str, *, production: bool) -> str:
    parts = urlsplit(issuer)
    host = parts.hostname or ""
    if parts.query or parts.fragment or parts.username or not host or any(map(str.isspace, issuer)):
        return "issuer must be an address without a query."
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK and not production):
        return "issuer must begin with https://."
    if production and _is_inside(host):
        return "issuer is an address of this machine or of a private network: name it by its host."
    return ""


def _is_inside(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".internal")):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def _is_id(value: str) -> bool:
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False
