"""A field for the name of a person, an account or a key, which stands in mails to others."""

from __future__ import annotations

from typing import Any

from django import forms


def one_line(text: str) -> str:
    """Return a name on one line, without what cannot be seen: it is to begin no paragraph of its own in a mail."""
    return " ".join("".join(sign for sign in text if sign.isprintable() or sign.isspace()).split())


class NameField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return one_line(super().to_python(value) or "")
