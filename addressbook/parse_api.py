"""Reading a pasted address for programs. It stores nothing, and reads nothing of anybody's."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from addressbook import countries
from addressbook.details import LENGTHS, MAX_LINES
from addressbook.fields import Country
from addressbook.paste import FIELDS, MOST_LETTERS, REASONS, Reading, parse
from security import strict
from security.limits import PARSES, Limit
from security.marks import requires
from security.permissions import Permission
from security.shapes import checked


class AskedText(serializers.Serializer[Any]):
    text = strict.Text(max_length=MOST_LETTERS, help_text="One address, with whatever stands around it.")
    default_country = Country(
        required=False,
        allow_blank=True,
        default="",
        help_text="What to assume where the text names no country: Hong Kong unless given.",
    )


class Unsure(serializers.Serializer[Any]):
    field = serializers.ChoiceField(choices=[(name, name) for name in FIELDS])
    code = serializers.ChoiceField(choices=[(code, code) for code in REASONS])
    detail = serializers.CharField(help_text="A sentence for people.")


def _text(name: str) -> serializers.CharField:
    return serializers.CharField(max_length=LENGTHS[name], allow_blank=True)


def _texts(name: str) -> serializers.ListField:
    return serializers.ListField(child=_text(name), max_length=MAX_LINES)


class ParsedAddress(serializers.Serializer[Any]):
    """The fields of a contact as they were understood, ready to be shown to somebody and saved as a contact."""

    name = _text("name")
    company = _text("company")
    country = serializers.CharField(max_length=2)
    lines = _texts("lines")
    city = _text("city")
    district = _text("district")
    state = _text("state")
    postcode = _text("postcode")
    local_name = _text("local_name")
    local_lines = _texts("local_lines")
    phone = _text("phone")
    email = _text("email")
    fax = _text("fax")
    unsure = Unsure(many=True)
    left_over = serializers.ListField(
        child=serializers.CharField(max_length=MOST_LETTERS), help_text="Parts of the text that fitted no field."
    )


class ParseView(APIView):
    actor_limits: ClassVar[tuple[Limit, ...]] = (PARSES,)

    @extend_schema(operation_id="addresses_parse", request=AskedText, responses=ParsedAddress)
    @requires(Permission.CONTACT_VIEW)
    def post(self, request: Request) -> Response:
        """Read a pasted text as an address: its fields, what is not sure, and what is left over. Nothing is stored."""
        asked = checked(AskedText, request.data)
        return Response(_as_json(parse(asked["text"], country=asked["default_country"] or countries.HONG_KONG)))


def _as_json(reading: Reading) -> dict[str, Any]:
    doubts = [(name, reading.doubts[name]) for name in FIELDS if name in reading.doubts]
    return {
        **{name: getattr(reading.details, name) for name in FIELDS},
        "unsure": [{"field": name, "code": code, "detail": str(REASONS[code])} for name, code in doubts],
        "left_over": reading.left_over,
    }
