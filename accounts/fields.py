"""A field for the name of a person, an account or a key, which stands in pages and mails to others."""

from __future__ import annotations

from typing import Any

from django import forms

from security.texts import clean_text


class NameField(forms.CharField):
    """One line without what cannot be seen: it begins no paragraph of a mail, and turns no sentence round."""

    def to_python(self, value: Any) -> str:
        return clean_text(super().to_python(value) or "")
