"""The price rule, pure: integer grams in, HKD out. No I/O, no floats."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """From `from_g` (exclusive) to `to_g` (inclusive): `amount`, plus `extra_amount` for each begun `extra_g`."""

    from_g: int
    to_g: int
    amount: Decimal
    extra_g: int = 0
    extra_amount: Decimal = Decimal(0)

    def price(self, weight_g: int) -> Decimal:
        if not self.extra_g:
            return self.amount
        begun = -((self.from_g - weight_g) // self.extra_g)
        return self.amount + begun * self.extra_amount


@dataclass(frozen=True, slots=True)
class Table:
    """One price table: a tariff code and format to a destination's zone, up to `limit_g`."""

    tariff_code: str
    format: str  # small_letter, large_letter, packet; "" where the service knows no formats
    destination: str
    zone: str
    limit_g: int
    steps: tuple[Step, ...]
    to_be_confirmed: bool = False
    edition: str = ""

    def price(self, weight_g: int) -> Decimal | None:
        """Return the postage, or None above the limit, or where no step covers the weight."""
        if not 0 < weight_g <= self.limit_g:
            return None
        for step in self.steps:
            if step.from_g < weight_g <= step.to_g:
                return step.price(weight_g)
        return None
