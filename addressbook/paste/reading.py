"""What was understood of a pasted text: the fields of a contact, what we are not sure of, and what fitted nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from addressbook.details import ContactDetails

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# The parts of a contact that a text can fill, in the order of the form.
FIELDS = (
    "name", "company", "country", "lines", "city", "district", "state", "postcode", "local_name", "local_lines",
    "phone", "email", "fax",
)  # fmt: skip

# Why a field may be wrong, by code: said to the reader behind "We are not sure".
REASONS: dict[str, _StrPromise] = {
    "no_country": _("No country was named."),
    "person_or_company": _("It could be a person, a company or a part of the address."),
    "part_of_lines": _("A part of it could be a name, a company or a town."),
    "no_name": _("We found no name."),
    "no_address": _("We found no street, building or box."),
    "no_district": _("We found no district."),
    "several_districts": _("The places that were named lie in more than one district."),
    "district_from_name": _("We took it from the name of a building, an estate or a street."),
    "by_position": _("We took it from where it stood in the text."),
    "no_postcode": _("This country has postcodes, and we found none."),
    "not_a_number": _("It does not look like a telephone number of that country."),
    "several_numbers": _("There was more than one number."),
    "several_emails": _("There was more than one e-mail address."),
    "too_long": _("A part of it was too long for the field."),
    "other_country": _("The text names another country than this form takes."),
    "left_over": _("A part of the text fitted no field."),
}


@dataclass
class Reading:
    """The fields found, for each doubtful one the code of a reason, and the parts that fitted no field."""

    details: ContactDetails = field(default_factory=ContactDetails)
    doubts: dict[str, str] = field(default_factory=dict)
    left_over: list[str] = field(default_factory=list)

    def set(self, **values: Any) -> None:
        """Set fields of the contact."""
        self.details = replace(self.details, **values)

    def doubt(self, name: str, reason: str) -> None:
        """Say why a field may be wrong; the first reason stays."""
        self.doubts.setdefault(name, reason)
