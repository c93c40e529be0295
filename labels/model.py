"""One model of a label. Every layout and every output is drawn from it, and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Layout(StrEnum):
    NATIVE = "native"  # one a page, at the service's own size
    THERMAL = "4x6"  # one a page, 100 x 150 mm
    A4 = "a4"  # four a page


class Output(StrEnum):
    PDF = "pdf"
    PNG = "png"
    ZPL = "zpl"  # labels alone: commands for a thermal printer


class CustomsForm(StrEnum):
    CN22 = "CN22"
    CN23 = "CN23"


class CustomsDocument(StrEnum):
    """What customs read of an item: the form that is due, or the invoice that goes with goods which were sold."""

    DECLARATION = "declaration"
    INVOICE = "invoice"


class Category(StrEnum):
    GIFT = "gift"
    DOCUMENTS = "documents"
    SAMPLE = "sample"
    SALE = "sale"
    RETURNED = "returned"
    OTHER = "other"


class NonDelivery(StrEnum):
    RETURN = "return"
    ABANDON = "abandon"
    REDIRECT = "redirect"


@dataclass(frozen=True)
class Service:
    """A service as the label shows it. `mark` is the big sign that sorters look for; `by` the line below it."""

    code: str
    name_en: str
    name_zh: str
    mark: str
    by_en: str = ""
    by_zh: str = ""
    width_mm: int = 188
    height_mm: int = 135


@dataclass(frozen=True)
class Party:
    """Sender or recipient: lines from top to bottom in the destination's own order, the country apart in capitals."""

    lines: tuple[str, ...]
    country: str
    country_code: str
    local_lines: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class CustomsLine:
    description: str
    quantity: int
    weight_g: int
    value: Decimal
    currency: str
    hs_code: str = ""
    origin: str = ""


@dataclass(frozen=True)
class Customs:
    form: CustomsForm
    category: Category
    lines: tuple[CustomsLine, ...]
    category_words: str = ""
    non_delivery: NonDelivery = NonDelivery.RETURN
    importer_reference: str = ""
    licence_number: str = ""
    certificate_number: str = ""
    invoice_number: str = ""

    @property
    def weight_g(self) -> int:
        """The lines' net weight in grams."""
        return sum(line.weight_g for line in self.lines)

    @property
    def totals(self) -> dict[str, Decimal]:
        """The declared value by currency: nothing is converted on a form."""
        sums: dict[str, Decimal] = {}
        for line in self.lines:
            sums[line.currency] = sums.get(line.currency, Decimal(0)) + line.value
        return sums


@dataclass(frozen=True)
class LabelData:
    service: Service
    sender: Party
    recipient: Party
    postage_hkd: Decimal
    weight_g: int
    booked_on: date
    valid_until: date
    item_number: str | None = None
    customs: Customs | None = None
    reference: str = ""
    contents_are_documents: bool = False
    format_en: str = ""  # of letter post
    format_zh: str = ""


def human_number(item_number: str) -> str:
    """Write an item number as people read it: RR 1234 5678 5 HK."""
    return " ".join((item_number[:2], item_number[2:6], item_number[6:10], item_number[10:11], item_number[11:]))
