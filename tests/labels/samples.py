"""Labels to draw in tests and benches, with data that is nobody's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from labels.model import Category, Customs, CustomsForm, CustomsLine, LabelData, Party
from labels.products import service_for

SENDER = Party(
    lines=(
        "Chan Tai Man",
        "Flat B, 12/F, Block 3, Example Garden",
        "88 Sample Road",
        "Mong Kok",
        "Yau Tsim Mong",
        "Kowloon",
    ),
    country="HONG KONG",
    country_code="HK",
    local_lines=("九龍油尖旺區旺角", "示例道88號示例花園3座12樓B室", "陳大文"),
    phone="+852 9123 4567",
    email="sender@example.com",
)
LONDON = Party(
    lines=("Mary Example", "Example Trading Ltd", "1 Sample Street", "LONDON", "SW1A 1AA"),
    country="UNITED KINGDOM",
    country_code="GB",
    phone="+44 20 7946 0000",
)
LINES = (
    CustomsLine("Cotton T-shirt, knitted, for men", 2, 400, Decimal("180.00"), "HKD", "610910", "CN"),
    CustomsLine("Ceramic tea cup", 1, 250, Decimal("60.00"), "HKD", "691110", "HK"),
)


def item_number(prefix: str, serial: int = 12345678) -> str:
    weights = (8, 6, 4, 2, 3, 5, 9, 7)
    check = 11 - sum(int(digit) * weight for digit, weight in zip(f"{serial:08}", weights, strict=True)) % 11
    return f"{prefix}{serial:08}{ {10: 0, 11: 5}.get(check, check) }HK"


PREFIXES = {
    "EMS": "EE", "AEX": "LA", "ARM": "RA", "SRM": "RB", "APL": "CA", "SPL": "CB", "LCP": "EA", "LPL": "CA", "LRM": "RC"
}  # fmt: skip


def sample(code: str = "ARM", *, form: CustomsForm | None = None, serial: int = 12345678) -> LabelData:
    customs = Customs(form=form, category=Category.SALE, lines=LINES) if form else None
    return LabelData(
        service=service_for(code),
        item_number=item_number(PREFIXES[code], serial) if code in PREFIXES else None,
        sender=SENDER,
        recipient=LONDON,
        postage_hkd=Decimal("123.40"),
        weight_g=850,
        booked_on=date(2026, 3, 2),
        valid_until=date(2026, 5, 31),
        reference="ORDER-2026-0001",
        customs=customs,
        contents_are_documents=form is None,
    )


def to_chinese(data: LabelData) -> LabelData:
    """The same item to a local address, which is mainly Chinese."""
    return replace(data, recipient=replace(SENDER, phone=""))
