"""Strict reading of the environment: a value is right, or the start stops with a sentence that says what is wrong."""

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


class Environment:
    """Reads named values from a mapping of strings (the process environment by default)."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values = os.environ if values is None else values

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, default).strip()

    def secret(self, name: str, *, local: str, production: bool) -> str:
        """Return a secret. The one for laptops is public, so production does not start without its own."""
        value = self.text(name)
        if production and value in {"", local}:
            raise ImproperlyConfigured(f"{name} must be set in production, to a secret of its own.")
        return value or local

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name).lower()
        if not value:
            return default
        if value in TRUE | FALSE:
            return value in TRUE
        raise ImproperlyConfigured(f"{name} must be one of true, false, 1, 0, yes, no, on, off.")

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        value = self.text(name)
        if not value:
            return default
        if value.isdecimal() and int(value) >= least:
            return int(value)
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}.")

    def words(self, name: str, default: str = "") -> list[str]:
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def ports(self, name: str, default: str) -> list[int]:
        found = self.words(name, default)
        if all(word.isdecimal() and 1 <= int(word) <= 65535 for word in found):
            return [int(word) for word in found]
        raise ImproperlyConfigured(f"{name} must be numbers from 1 to 65535, by commas.")

    def web_address(self, name: str) -> str:
        """Return an http or https address, or "" when it is not given."""
        value = self.text(name)
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.netloc or any(map(str.isspace, value))):
            raise ImproperlyConfigured(f"{name} must be an address that begins with https:// or http://.")
        return value

    def email(self, name: str) -> str:
        """Return one e-mail address, or "" when it is not given."""
        value = self.text(name)
        if value and not EMAIL.fullmatch(value):
            raise ImproperlyConfigured(f"{name} must be one e-mail address, such as post@ecship.example.")
        return value

    def database(self, name: str) -> dict[str, Any] | None:
        """Return Django's connection settings for a `postgresql://` address, or None when it is not given."""
        address = self.text(name)
        return self._connection(name, address) if address else None

    def database_or_local(self, name: str, role: str) -> dict[str, Any]:
        """As `database`, with a server on this machine as the default."""
        return self._connection(name, self.text(name) or f"postgresql://{role}@127.0.0.1/ecship")

    def _connection(self, name: str, address: str) -> dict[str, Any]:
        try:
            parts = conninfo_to_dict(address)
        except ProgrammingError as error:
            raise ImproperlyConfigured(f"{name} must be a postgresql:// address.") from error
        options = {key: parts[key] for key in ("sslmode", "sslrootcert") if key in parts}
        return {
            "ENGINE": "security.postgres",
            "NAME": parts.get("dbname") or "ecship",
            "USER": parts.get("user") or "",
            "PASSWORD": parts.get("password") or "",
            "HOST": parts.get("host") or "",
            "PORT": str(parts.get("port") or ""),
            "OPTIONS": {"server_side_binding": True, **options},
        }
