"""The services as their labels show them: the sorter's mark, how the item travels, the label's own size."""

from __future__ import annotations

from labels.model import Service
from shipments import catalogue

AIR, SURFACE, LOCAL = ("PAR AVION / BY AIRMAIL", "航空"), ("BY SURFACE MAIL", "平郵"), ("LOCAL MAIL", "本地郵件")
MARKS = {
    "EMS": ("EMS", AIR),
    "AEX": ("E", AIR),
    "ARM": ("R", AIR),
    "SRM": ("R", SURFACE),
    "APL": ("CP", AIR),
    "SPL": ("CP", SURFACE),
    "AOM": ("A", AIR),
    "SOM": ("S", SURFACE),
    "LCP": ("EP", LOCAL),
    "LPL": ("CP", LOCAL),
    "LRM": ("R", LOCAL),
    "LOM": ("L", LOCAL),
    "LEG": ("G", LOCAL),
    "SMP": ("SP", LOCAL),
    "IML": ("M", AIR),
}
# The formats of letter post.
FORMATS = {
    "small_letter": ("Small letter", "小型信件"),
    "large_letter": ("Large letter", "大型信件"),
    "packet": ("Packet", "小包"),
}
# The label of this service to the USA is a square, as that post asks.
SQUARE = {("AEX", "US"): (101, 101)}


def service_for(code: str, destination: str = "") -> Service:
    """Return how a service's label looks to a destination. Raises KeyError for an unknown service."""
    known = catalogue.SERVICES[code]
    mark, (by_en, by_zh) = MARKS[code]
    width, height = SQUARE.get((code, destination), known.label_mm)
    return Service(code, known.name_en, known.name_zh, mark, by_en, by_zh, width, height)
