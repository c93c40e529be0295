"""The reference data that the project ships: tariff, suspensions, exchange rates, number ranges of the demo."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from security import scope
from security.warrants import Warrant
from shipments.catalogue import INDICATORS
from shipments.models import ExchangeRate, NumberRange, Suspension, TariffEdition
from shipments.tariff.importer import keep

FILE = Path(__file__).resolve().parent.parent / "data" / "tariff-2023-01-06.json"
SURFACE, AIR = ("SRM", "SPL", "SOM"), ("EMS", "AEX", "ARM", "APL", "AOM")
REASON = (
    "Postal items with goods to the USA are suspended.",
    "寄往美國而載有物品的郵件暫停接受投寄。",
    "寄往美国而载有物品的邮件暂停接受投寄。",
)
# What one unit is in HKD, as round figures of late 2025; an operator keeps the real ones.
RATES = {
    "HKD": "1", "USD": "7.78", "GBP": "10.4", "EUR": "9.05", "CNY": "1.09", "JPY": "0.0515", "TWD": "0.255",
    "SGD": "6.0", "AUD": "5.1", "CAD": "5.6", "KRW": "0.0055", "XDR": "10.6", "MOP": "0.97", "CHF": "9.7",
    "NZD": "4.5", "THB": "0.24", "MYR": "1.85", "PHP": "0.133", "INR": "0.088", "IDR": "0.00047", "VND": "0.0003",
    "SEK": "0.82", "NOK": "0.77", "DKK": "1.21", "PLN": "2.13", "BRL": "1.44", "ZAR": "0.44", "AED": "2.12",
}  # fmt: skip
RATES_FROM = date(2025, 1, 1)


def load_defaults() -> bool:
    """Load what is missing and leave alone what is there; True when the tariff was loaded."""
    with scope.warrant(Warrant.REFERENCE):
        return _load_defaults()


@transaction.atomic
def _load_defaults() -> bool:
    _open_ranges()
    if TariffEdition.objects.exists():
        return False
    content = json.loads(FILE.read_text(encoding="utf-8"))
    keep(
        content, name=content["name"], source=content["source"], now=timezone.now(), report=content["report"]
    )  # fmt: skip
    _suspend_goods_to_usa()
    ExchangeRate.objects.bulk_create(
        [ExchangeRate(currency=code, valid_from=RATES_FROM, hkd=Decimal(rate)) for code, rate in RATES.items()],
        ignore_conflicts=True,
    )
    return True


def _open_ranges() -> None:
    """Give a range to each group that has none at all: a service that is new to us must not stand without numbers."""
    known = set(NumberRange.objects.values_list("range_group", flat=True))
    NumberRange.objects.bulk_create(
        [
            NumberRange(
                range_group=group, indicator=indicator, first_serial=10_000_000, last_serial=19_999_999,
                next_serial=10_000_000,
            )
            for group, indicator in INDICATORS.items()
            if group not in known
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def _suspend_goods_to_usa() -> None:
    """Goods to the USA: surface stopped on 16 April 2025, air on 27 April 2025; no end is known here."""
    reason_en, reason_zh_hant, reason_zh_hans = REASON
    Suspension.objects.bulk_create(
        Suspension(
            service=service, destination="US", contents=Suspension.Contents.GOODS, from_on=start, reason_en=reason_en,
            reason_zh_hant=reason_zh_hant, reason_zh_hans=reason_zh_hans,
        )
        for services, start in ((SURFACE, date(2025, 4, 16)), (AIR, date(2025, 4, 27)))
        for service in services
    )  # fmt: skip
