"""How fields of ours stand in the schema: one true pattern each, and their limits in words."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema

from shipments.catalogue import SERVICES


class DecimalsInSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A decimal as text: digits, and a point with digits where there are decimals."""

    target_class = "security.strict.DecimalText"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        field = self.target
        whole, places = field.max_digits - field.decimal_places, field.decimal_places
        most = "9" * whole + "." + "9" * places if field.max_value is None else f"{field.max_value:.{places}f}"
        return {
            "type": "string",
            "format": "decimal",
            "pattern": rf"^[0-9]{{1,{whole}}}(\.[0-9]{{1,{places}}})?$",
            "description": f"A decimal as text, from {field.min_value:.{places}f} to {most}.",
        }


class CodesInSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A code of a long list: its form alone."""

    target_class = "addressbook.fields.Code"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        form = self.target.form
        return {"type": "string", "pattern": f"^({form})?$" if self.target.allow_blank else f"^{form}$"}


class ServicesInSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A service: each code with its name."""

    target_class = "shipments.api_shapes.ServiceCode"
    priority = 1

    def get_name(self) -> str:
        return "ServiceCodeOrNone" if self.target.allow_blank else "ServiceCode"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        words = [f"* `{code}` - {service.name_en}" for code, service in SERVICES.items()]
        blank = [""] if self.target.allow_blank else []
        return {"type": "string", "enum": [*SERVICES, *blank], "description": "\n".join(words)}
