"""A draft's customs declaration: its category and its lines held against the customs rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from shipments import customs
from shipments.models import ExchangeRate, Shipment

PREFERRED = ("HKD", "USD", "GBP", "EUR", "CNY")
SPECIAL_DRAWING_RIGHT = "XDR"


@dataclass(frozen=True)
class Problem:
    """What is wrong with a declaration: the line (None for the whole), the field of its form, and what to do."""

    line: int | None
    field: str
    code: str
    message: str

    @property
    def pointer(self) -> str:
        """Where it stands in the API's body."""
        name = "weight_kg" if self.field == "weight_g" else self.field
        return f"/{name}" if self.line is None else f"/items/{self.line}/{name}"


def categories() -> list[tuple[str, Any]]:
    return list(customs.Category.choices)


def category_choices() -> list[tuple[str, Any]]:
    """Return the categories for goods: documents are not declared."""
    return [("", _("Choose a category")), *(item for item in categories() if item[0] != customs.Category.DOCUMENTS)]


def currency_choices() -> list[tuple[str, str]]:
    """Return the currencies there is a rate for, the usual ones first."""
    known = set(ExchangeRate.objects.values_list("currency", flat=True)) - {SPECIAL_DRAWING_RIGHT}
    codes = [code for code in PREFERRED if code in known] + sorted(known - set(PREFERRED))
    return [(code, code) for code in codes]


def lines_of(items: list[dict[str, Any]]) -> list[customs.Line]:
    """Return a draft's lines as the customs rules read them."""
    return [
        customs.Line(
            description=item["description"],
            quantity=item["quantity"],
            weight_g=item["weight_g"],
            value=Decimal(item["value"]),
            currency=item["currency"],
            hs_code=item.get("hs_code", ""),
            origin=item.get("origin", ""),
        )
        for item in items
    ]


def form_due(shipment: Shipment, *, on: date, rates: customs.Rates | None = None) -> customs.Form:
    """Return the form that a shipment with a service needs; `rates` of the day, where they were fetched already.

    Raises KeyError for a currency without a rate.
    """
    return customs.form_due(
        service=shipment.service,
        destination=shipment.destination,
        contents=shipment.contents,
        lines=lines_of(shipment.items),
        rates=rates or customs.rates_on(on),
    )


def problems(shipment: Shipment, *, on: date, rates: customs.Rates | None = None) -> list[Problem]:
    """Return what keeps a draft's declaration from being accepted; `rates` of the day, where they were fetched."""
    return problems_of(
        category=shipment.category,
        category_words=shipment.category_words,
        items=shipment.items,
        weight_g=shipment.weight_g,
        on=on,
        rates=rates,
    )


def problems_of(
    *,
    category: str,
    category_words: str,
    items: list[dict[str, Any]],
    weight_g: int | None,
    on: date,
    rates: customs.Rates | None = None,
    **other: Any,
) -> list[Problem]:
    """Hold a declaration against the rules; the gross weight counts once it is known."""
    found = []
    if not category:
        found.append(Problem(None, "category", "required", _("Choose the category of the contents.")))
    if category == customs.Category.OTHER and not category_words.strip():
        found.append(Problem(None, "category_words", "required", _("Say in words what the contents are.")))
    lines = lines_of(items)
    gross_g = weight_g or customs.total_weight_g(lines)
    for problem in customs.problems(lines, gross_g=gross_g, rates=rates or customs.rates_on(on)):
        name = "weight_g" if problem.field == "weight_kg" else problem.field
        found.append(Problem(problem.line, name, problem.code, problem.detail))
    return found
