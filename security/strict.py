"""Fields of the API that take the JSON type they name and no other: 7 is not "7", "true" is not true."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")  # no exponent, no digits of another script, no blanks


class Text(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data) if isinstance(data, str) else self.fail("invalid")


class Pattern(serializers.RegexField):
    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data) if isinstance(data, str) else self.fail("invalid")


class Whole(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        return data if type(data) is int else self.fail("invalid")


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        return data if isinstance(data, bool) else self.fail("invalid", input=data)


class DecimalText(serializers.DecimalField):
    """A number with decimals, as text: a program's floating point would not give back what was meant."""

    default_error_messages = {"not_text": _("Send this number as text, for example “0.450”.")}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("not_text")
        return super().to_internal_value(data) if DECIMAL.fullmatch(data) else self.fail("invalid")
