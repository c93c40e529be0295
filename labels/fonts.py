"""The fonts that labels are set in: Noto Sans HK, then SC, then Noto Sans; Regular and Bold, and no others."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

FAMILIES = {"noto-sans-hk": "NotoSansHK", "noto-sans-sc": "NotoSansSC", "noto-sans": "NotoSans"}
STYLES = ("400Regular", "700Bold")


class FontsMissing(Exception):
    """The fonts are neither in the built static files nor among the front-end packages."""


def files() -> list[Path]:
    """Return the font files, from the built static files or else from the front-end packages.

    Raises FontsMissing where one is in neither place: a label in a wrong font may lose its Chinese.
    """
    return [_find(package, f"{prefix}_{style}.ttf", style) for package, prefix in FAMILIES.items() for style in STYLES]


def _find(package: str, name: str, style: str) -> Path:
    base = Path(settings.BASE_DIR)
    places = [
        base / "static" / "build" / "fonts" / name,
        base / "node_modules" / "@expo-google-fonts" / package / style / name,
    ]
    for place in places:
        if place.is_file():
            return place
    raise FontsMissing(name)


@lru_cache(maxsize=1)
def folders() -> list[str]:
    """Return the folders that hold exactly these fonts."""
    return sorted({str(file.parent) for file in files()})
