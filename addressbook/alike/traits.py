"""What is compared of a contact, worked out once for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from addressbook import phones
from addressbook.alike import names, places
from addressbook.countries import HONG_KONG
from addressbook.folding import folded

# Mailboxes that a company shares: the same one says little of whose contact it is.
SHARED = {
    "info", "office", "sales", "admin", "contact", "hello", "enquiry", "enquiries", "inquiry", "accounts", "shipping",
    "orders", "order", "service", "services", "support", "mail", "general", "reception", "hr", "logistics",
    "purchasing",
    "cs", "team", "shop", "store", "hk", "export", "import", "warehouse", "billing", "post", "kontakt",
    "family", "home",
}  # fmt: skip


@dataclass(frozen=True)
class Traits:
    person: names.Name
    organisation: names.Name
    swapped_person: names.Name  # what a person's name would be, were it typed into the company's field
    email: str
    phone: str  # in E.164, or its digits where it is not one
    is_mobile: bool  # whose number is a person's own; others are shared by a family or a company
    place: places.Place

    @property
    def email_is_shared(self) -> bool:
        return self.email.partition("@")[0].rstrip("0123456789") in SHARED


def traits_of(values: Mapping[str, Any], *, country: str) -> Traits:
    """Return what is compared of a contact's private values. `country`: ISO alpha-2, of its address; "" if unknown."""
    company, phone = values.get("company", ""), values.get("phone", "")
    names_typed = [values.get("name", ""), values.get("local_name", "")]
    lines, local_lines = list(values.get("lines", [])), list(values.get("local_lines", []))
    if not any(names_typed) and not company:  # a name in the first line
        names_typed = [written.pop(0) for written in (lines, local_lines) if len(written) > 1 and is_wordy(written[0])]
    number = phones.parse(phone, country=country or HONG_KONG) if phone else None
    return Traits(
        person=names.person(*names_typed),
        organisation=names.organisation(company),
        swapped_person=names.person(company),
        email=folded(values.get("email", "")).strip(),
        phone=phones.written_e164(number) if number else "".join(filter(str.isdigit, phone)),
        is_mobile=number is not None and phones.is_mobile(number),
        place=places.place(
            lines,
            local_lines,
            country=country,
            postcode=values.get("postcode", ""),
            around=[values.get(name, "") for name in ("city", "district", "state")],
        ),
    )


def is_wordy(line: str) -> bool:
    """Tell whether a line may be a name: it has no number."""
    return not any(letter.isdigit() for letter in line)
