"""What a contact consists of, cleaned and checked: the one shape that pages, API and imports hand to the services."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from addressbook import countries, phones
from addressbook.addresses import MOST_LINES, Problem, address_problems, tidy_address
from security.texts import clean_text

MAX_LINES, MAX_TAGS = MOST_LINES, 20
LENGTHS = {
    "name": 100,
    "company": 100,
    "email": 254,
    "phone": 32,
    "fax": 32,
    "lines": 100,
    "district": 60,
    "city": 60,
    "state": 60,
    "postcode": 16,
    "local_name": 100,
    "local_lines": 100,
    "tags": 40,
    "notes": 2000,
}

# Letters of a line that every label prints whole and large; a Chinese character is as wide as two. Longer lines, and
# lines beside the same address in another script, are broken or set smaller: tests/labels/test_label_line.py.
LABEL_LINE = 35


@dataclass(frozen=True)
class ContactDetails:
    """All that a person can enter about a contact."""

    country: str = countries.HONG_KONG
    name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    fax: str = ""
    lines: list[str] = field(default_factory=list)
    district: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    local_name: str = ""
    local_lines: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    notes: str = ""
    can_send: bool = False
    can_receive: bool = True

    @classmethod
    def of(cls, contact: Any) -> ContactDetails:
        """Take the details of a contact, or of anything with the same attributes."""
        return cls(**{name: getattr(contact, name) for name in NAMES})


NAMES = [item.name for item in fields(ContactDetails)]


class InvalidContact(Exception):
    """The details cannot be kept as they are; `problems` says what to do, field by field."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(f"{problem.field}:{problem.code}" for problem in problems))
        self.problems = problems


def checked(details: ContactDetails) -> ContactDetails:
    """Return the details cleaned and in their usual spelling. Raises InvalidContact with every problem there is."""
    clean = _cleaned(details)
    problems = [*_length_problems(clean), *address_problems(clean), *_reach_problems(clean)]
    if problems:
        raise InvalidContact(problems)
    clean = tidy_address(clean)
    return replace(
        clean,
        phone=phones.normalise(clean.phone, country=clean.country) or "",
        fax=phones.normalise(clean.fax, country=clean.country) or "",
    )


def _cleaned(details: ContactDetails) -> ContactDetails:
    texts: dict[str, Any] = {
        item.name: clean_text(getattr(details, item.name), keep_breaks=item.name == "notes")
        for item in fields(details)
        if isinstance(getattr(details, item.name), str)
    }
    return replace(
        details,
        **texts,
        lines=_full(details.lines),
        local_lines=_full(details.local_lines),
        tags=list({tag.casefold(): tag for tag in reversed(_full(details.tags))}.values())[::-1],
    )


def _full(texts: Iterable[str]) -> list[str]:
    return [cleaned for text in texts if (cleaned := clean_text(text))]


def _length_problems(details: ContactDetails) -> Iterable[Problem]:
    for name, limit in LENGTHS.items():
        value = getattr(details, name)
        for text in [value] if isinstance(value, str) else value:
            if len(text) > limit:
                yield Problem(name, "too_long", _("Use at most %(limit)d characters.") % {"limit": limit})
                break
    for name, most in {"lines": MAX_LINES, "local_lines": MAX_LINES, "tags": MAX_TAGS}.items():
        if len(getattr(details, name)) > most:
            yield Problem(name, "too_many", _("Enter at most %(limit)d.") % {"limit": most})


def _reach_problems(details: ContactDetails) -> Iterable[Problem]:
    if details.email and not _is_email(details.email):
        yield Problem("email", "invalid", _("Enter an e-mail address, like name@example.com."))
    for name in ("phone", "fax"):
        value = getattr(details, name)
        if value and phones.normalise(value, country=details.country) is None:
            yield Problem(name, "invalid", _("Enter a telephone number, like 2123 4567 or +44 20 7946 0000."))


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
