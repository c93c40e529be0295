"""What the original's codes of countries and services are here: `codes.json`, and the rule that most of them follow.

A country is its ISO 3166-1 code (two letters) and `A`; where the post's prices differ within one, the parts have
letters of their own. A few clients send codes that ISO has given up.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from addressbook import countries
from shipments import pricing

_ISO = re.compile(r"[A-Z]{2}A")


@dataclass(frozen=True)
class Place:
    """Where something goes: the country of the address, the tariff's destination, and its zone where one is chosen."""

    country: str
    destination: str
    zone: str


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(Path(__file__).with_name("codes.json").read_text())
    return table


def place_of(code: str) -> Place | None:
    """Return the place of a country code; None for one that nobody knows."""
    code = code.upper()
    if (found := _table()["countries"].get(code)) is not None:
        return Place(*found)
    if not _ISO.fullmatch(code) or code[:2] not in countries.codes() or code[:2] == "HK":
        return None
    destination, zone = pricing.home_of(code[:2])
    return Place(code[:2], destination, zone or pricing.likely_zone(destination, state=""))


def code_of(country: str, *, destination: str, zone: str) -> str:
    """Return the code of a place, as orders are read back."""
    for code, found in _table()["countries"].items():
        if found[0] == country and found[1] == (destination or country) and found[2] == zone:
            return str(code)
    return f"{country}A" if country else ""


def service_of(code: str, *, country: str) -> str:
    """Return our service of a ship code; "" where it is none, or none for that country."""
    service, only = _table()["services"].get(code.upper(), ("", []))
    return str(service) if not only or country in only else ""
