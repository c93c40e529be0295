"""The services, as data: what each is called, what it takes, how its items are numbered and labelled."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LOCAL = "HK"
SMALL_LETTER, LARGE_LETTER, PACKET = "small_letter", "large_letter", "packet"
FORMAT_NAMES: dict[str, Promise] = {
    SMALL_LETTER: _("Small letter"),
    LARGE_LETTER: _("Large letter"),
    PACKET: _("Packet"),
}


@dataclass(frozen=True)
class Size:
    """Limits of an item in millimetres; `sum_mm`: length, width and depth together; `girth_mm`: length and girth."""

    length_mm: int
    width_mm: int = 0
    depth_mm: int = 0
    sum_mm: int = 0
    girth_mm: int = 0

    def takes(self, length_mm: int, width_mm: int, depth_mm: int) -> bool:
        """Tell whether an item of these dimensions, in any orientation, is within the limits."""
        longest, middle, shortest = sorted((length_mm, width_mm, depth_mm), reverse=True)
        return (
            longest <= self.length_mm
            and (not self.width_mm or middle <= self.width_mm)
            and (not self.depth_mm or shortest <= self.depth_mm)
            and (not self.sum_mm or longest + middle + shortest <= self.sum_mm)
            and (not self.girth_mm or longest + 2 * (middle + shortest) <= self.girth_mm)
        )


@dataclass(frozen=True)
class Format:
    """A shape of letter post: its own limits of size and weight."""

    code: str
    size: Size
    most_g: int


FORMATS = {
    SMALL_LETTER: Format(SMALL_LETTER, Size(245, 165, 5), 50),
    LARGE_LETTER: Format(LARGE_LETTER, Size(381, 305, 20), 500),
    PACKET: Format(PACKET, Size(600, sum_mm=900), 2000),
}
FORMAT_LIMITS: dict[str, Promise] = {
    SMALL_LETTER: _("Small letter: up to 245 × 165 × 5 mm and 50 g"),
    LARGE_LETTER: _("Large letter: up to 381 × 305 × 20 mm and 500 g"),
    PACKET: _("Packet: up to 600 mm long, 900 mm of length, width and height together, and 2000 g"),
}  # tests compare them with FORMATS
LEAST_MM = (140, 90)  # letter post's smallest face
PARCEL = Size(1500, girth_mm=3000)


@dataclass(frozen=True)
class Service:
    """One service.

    `numbers` names the range group its items are numbered from ("" for none); `has_formats` says whether letter
    formats apply; `online` is False for what cannot be booked here, with the reason's code in `why_not`.
    """

    code: str
    name: Promise
    name_en: str
    name_zh: str
    tariff_code: str
    most_g: int
    tracking_level: int
    numbers: str
    label_mm: tuple[int, int]
    is_local: bool = False
    has_formats: bool = False
    documents_only: bool = False
    parcel: bool = False
    why_not: str = ""
    least_limits: tuple[tuple[str, int], ...] = ()

    def limit_g(self, destination: str) -> int:
        """Return the heaviest item in grams that the service itself takes to a destination; the tariff may say less."""
        return dict(self.least_limits).get(destination, self.most_g)


SERVICES: dict[str, Service] = {
    service.code: service
    for service in (
        Service("EMS", _("Speedpost"), "Speedpost", "特快專遞", "SPT_STD", 40_000, 2, "EE", (184, 129)),
        Service(
            "AEX", _("e-Express"), "e-Express", "易網遞", "EXP", 2000, 1, "LA", (189, 135),
            least_limits=(("US", 1000), ("FR", 1000)),
        ),
        Service("ARM", _("Air Registered"), "Air Registered", "空郵掛號", "AIR_REG", 2000, 1, "RA", (188, 81),
                has_formats=True),
        Service("SRM", _("Surface Registered"), "Surface Registered", "平郵掛號", "SUR_REG", 2000, 1, "RA", (188, 81),
                has_formats=True),
        Service("APL", _("Air Parcel"), "Air Parcel", "空郵包裹", "AIR_PAR", 30_000, 2, "CA", (188, 135), parcel=True),
        Service("SPL", _("Surface Parcel"), "Surface Parcel", "平郵包裹", "SUR_PAR", 30_000, 2, "CA", (188, 135),
                parcel=True),
        Service("AOM", _("Air Mail"), "Air Mail", "空郵", "AIR_ORD", 2000, 0, "U", (188, 81), has_formats=True),
        Service("SOM", _("Surface Mail"), "Surface Mail", "平郵", "SUR_ORD", 2000, 0, "U", (188, 81), has_formats=True),
        Service("LCP", _("Local CourierPost"), "Local CourierPost", "本地郵政速遞", "LCP_STD", 5000, 2, "EA",
                (184, 129), is_local=True),
        Service("LPL", _("Local Parcel"), "Local Parcel", "本地包裹", "LOC_PAR", 20_000, 2, "CA", (188, 135),
                is_local=True, parcel=True),
        Service("LRM", _("Local Registered"), "Local Registered", "本地掛號", "LOC_REG", 2000, 1, "RA", (188, 81),
                is_local=True, has_formats=True),
        Service("LOM", _("Local Mail"), "Local Mail", "本地普通郵件", "LOC_ORD", 2000, 0, "", (188, 81), is_local=True,
                has_formats=True),
        Service("LEG", _("EC-Get"), "EC-Get", "易寄取", "", 2000, 2, "AG", (188, 81), is_local=True,
                why_not="no_public_tariff"),
        Service("SMP", _("Smart Post"), "Smart Post", "易送遞", "", 2000, 2, "AY", (188, 81), why_not="retired"),
        Service("IML", _("iMail"), "iMail", "易網郵", "IML", 2000, 0, "", (188, 81), why_not="bulk_only"),
    )
}  # fmt: skip

# The indicators of each range group (UPU S10): several services share one group.
INDICATORS = {"EE": "EE", "EA": "EA", "LA": "LA", "RA": "RA", "CA": "CA", "U": "UA", "AG": "AG", "AY": "AY"}
