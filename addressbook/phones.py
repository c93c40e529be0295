"""Telephone numbers, by the metadata of the phonenumbers library."""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType


def parse(text: str, *, country: str) -> phonenumbers.PhoneNumber | None:
    """Read a number as it is dialled in `country` (ISO alpha-2) or with its own country code; None when impossible."""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def normalise(text: str, *, country: str) -> str | None:
    """Return the number as people abroad write it, `+852 9123 4567`; None when it is not one."""
    number = parse(text, country=country)
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL) if number else None


def e164(text: str, *, country: str) -> str | None:
    """Return the number as machines compare it, `+85291234567`; None when it is not one."""
    number = parse(text, country=country)
    return written_e164(number) if number else None


def written_e164(number: phonenumbers.PhoneNumber) -> str:
    """Return a number that was read as machines compare it."""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def is_hk_mobile(text: str) -> bool:
    """Tell whether a number is a Hong Kong mobile, which can receive messages."""
    number = parse(text, country="HK")
    if number is None or number.country_code != 852:
        return False
    return phonenumbers.number_type(number) in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def is_mobile(number: phonenumbers.PhoneNumber) -> bool:
    """Tell whether a number is certainly a mobile's; of some countries, such as the USA, one cannot tell."""
    return phonenumbers.number_type(number) == PhoneNumberType.MOBILE
