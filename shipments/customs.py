"""The rules of customs declarations (UPU CN22 and CN23), pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from shipments.catalogue import SERVICES

CN22_MOST_SDR = Decimal(300)
CN22_MOST_G = 2000
HS_CODE = re.compile(r"\d{6}|\d{8}")
LATIN = re.compile(r"[\x20-\x7eÀ-ɏ]+")
VAGUE = frozenset(
    [
        "accessory", "accessories", "part", "parts", "sample", "samples", "gift", "gifts",
        "textile", "textiles", "garment", "garments", "toy", "toys", "goods", "merchandise", "item", "items", "stuff",
    ]
)  # fmt: skip
# Words that say nothing by themselves.
EMPTY = frozenset(["a", "and", "for", "of", "or", "other", "some", "spare", "the", "various"])
EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
US_TERRITORIES = "US AS GU MP PR UM VI"
ELECTRONIC_DATA = frozenset(f"{US_TERRITORIES} CN {EU} GB CH NO BR AU JO KR ID".split())


class Form(models.TextChoices):
    NONE = "", _("None")
    CN22 = "CN22", "CN22"
    CN23 = "CN23", "CN23"


class Category(models.TextChoices):
    GIFT = "gift", _("Gift")
    DOCUMENTS = "documents", _("Documents")
    SAMPLE = "sample", _("Commercial sample")
    SALE = "sale", _("Sale of goods")
    RETURNED = "returned", _("Returned goods")
    OTHER = "other", _("Other")


class NonDelivery(models.TextChoices):
    RETURN = "return", _("Return to sender")
    ABANDON = "abandon", _("Treat as abandoned")
    REDIRECT = "redirect", _("Redirect to another address")


@dataclass(frozen=True)
class Line:
    """One line of a declaration: net weight in grams and value for the whole quantity."""

    description: str
    quantity: int
    weight_g: int
    value: Decimal
    currency: str
    hs_code: str = ""
    origin: str = ""


@dataclass(frozen=True)
class Problem:
    """What is wrong: the line's index (None for the whole), the field, a code, and a sentence that says what to do."""

    line: int | None
    field: str
    code: str
    detail: str


@dataclass(frozen=True)
class Rates:
    """What one unit of each currency is in HKD; `XDR` is the special drawing right."""

    hkd: dict[str, Decimal]

    def sdr(self, value: Decimal, currency: str) -> Decimal:
        """Raises KeyError for a currency without a rate."""
        return value * self.hkd[currency] / self.hkd["XDR"]


def rates_on(day: date) -> Rates:
    """Return the exchange rates that hold on a day."""
    from shipments.models import ExchangeRate

    rows = ExchangeRate.objects.filter(valid_from__lte=day).order_by("valid_from").values_list("currency", "hkd")
    return Rates(dict(rows))


def form_due(*, service: str, destination: str, contents: str, lines: Sequence[Line], rates: Rates) -> Form:
    """Return the form an item needs: none for documents and local mail, CN22 for small letter post, else CN23."""
    known = SERVICES[service]
    if contents == "documents" or known.is_local or destination == "HK":
        return Form.NONE
    weight = sum(line.weight_g for line in lines)
    worth = sum((rates.sdr(line.value, line.currency) for line in lines), Decimal(0))
    if known.has_formats or service == "AEX":
        return Form.CN22 if worth <= CN22_MOST_SDR and weight <= CN22_MOST_G else Form.CN23
    return Form.CN23


def needs_electronic_data(destination: str) -> bool:
    """Tell whether the destination refuses goods without electronic data; the sender then gives a mobile number."""
    return destination in ELECTRONIC_DATA


def total_weight_g(lines: Iterable[Line]) -> int:
    return sum(line.weight_g for line in lines)


def total_value(lines: Iterable[Line]) -> dict[str, Decimal]:
    """Return the total by currency."""
    totals: dict[str, Decimal] = {}
    for line in lines:
        totals[line.currency] = totals.get(line.currency, Decimal(0)) + line.value
    return totals


def problems(lines: Sequence[Line], *, gross_g: int, rates: Rates, hs_required: bool = False) -> list[Problem]:
    """Return everything that keeps a declaration from being accepted."""
    found = [problem for index, line in enumerate(lines) for problem in _of_line(index, line, rates, hs_required)]
    if not lines:
        found.append(Problem(None, "items", "required", str(_("Add what is in the item."))))
    if total_weight_g(lines) > gross_g:
        detail = _("The contents weigh %(net)d g together, more than the item's %(gross)d g. Correct one of them.")
        values = {"net": total_weight_g(lines), "gross": gross_g}
        found.append(Problem(None, "weight_kg", "heavier_than_item", str(detail) % values))
    return found


def _of_line(index: int, line: Line, rates: Rates, hs_required: bool) -> Iterable[Problem]:
    description = line.description.strip()
    if not description:
        yield Problem(index, "description", "required", str(_("Describe what it is.")))
    elif not LATIN.fullmatch(description):
        yield Problem(
            index, "description", "not_latin", str(_("Describe it in English: customs officers must read it."))
        )
    elif is_vague(description):
        detail = _("“%(text)s” alone is too vague. Say what it is made of or what it is for.")
        yield Problem(index, "description", "vague", str(detail) % {"text": description})
    if line.quantity < 1:
        yield Problem(index, "quantity", "too_small", str(_("Enter how many there are, at least 1.")))
    if line.weight_g < 1:
        yield Problem(index, "weight_kg", "too_small", str(_("Enter the net weight.")))
    if line.value <= 0:
        yield Problem(index, "value", "too_small", str(_("Enter the value.")))
    if line.currency not in rates.hkd or line.currency == "XDR":
        yield Problem(index, "currency", "unknown", str(_("Choose a currency from the list.")))
    if hs_required and not line.hs_code:
        yield Problem(index, "hs_code", "required", str(_("Enter the HS tariff number.")))
    if line.hs_code and not HS_CODE.fullmatch(line.hs_code):
        yield Problem(index, "hs_code", "malformed", str(_("Enter an HS tariff number of 6 or 8 digits.")))


def is_vague(description: str) -> bool:
    """Tell whether a description has no word but those that customs refuse alone: "gift items" says as little."""
    words = re.findall(r"[a-z]+", description.lower())
    return bool(words) and all(word in VAGUE or word in EMPTY for word in words)
