"""Fields of the API that hold text of people and codes of countries."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from addressbook import countries
from security import strict
from security.texts import has_invisible


def all_seen(text: str) -> None:
    """Refuse what a person would not see, rather than drop it without a word: a program can send it mended."""
    if has_invisible(text):
        raise serializers.ValidationError(_("Take out the characters that cannot be seen."), code="invisible")


class Seen(strict.Text):
    """Text that is shown, printed or mailed: without control characters and marks that hide or reorder others."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validators=[all_seen], **options)


class Code(strict.Text):
    """A code out of a list, in either case; kept in capitals. `form` is its pattern in the schema."""

    form = r"[A-Za-z]{2}"
    default_error_messages = {"unknown": _("There is no such code.")}

    def knows(self, code: str) -> bool:
        raise NotImplementedError

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if not re.fullmatch(self.form, code) or not self.knows(code.upper()):
            self.fail("unknown")
        return code.upper()


class Country(Code):
    """A country or territory that mail goes to: ISO 3166-1 alpha-2."""

    default_error_messages = {"unknown": _("Choose a country or territory from the list.")}

    def knows(self, code: str) -> bool:
        return code in countries.codes()
