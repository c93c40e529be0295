"""The shape and wording of what is typed about books and contacts. What is right or wrong is decided in `details`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.teams.models import Team
from addressbook import addresses, countries, selectors, services
from addressbook.details import LABEL_LINE, LENGTHS, ContactDetails, InvalidContact, checked
from addressbook.folding import sorter
from addressbook.models import AddressBook, Level
from addressbook.pasting import Layout

LINES = ("line1", "line2", "line3", "line4")
ADDRESS_PARTS = ("city", "district", "state", "postcode")
LABEL_LINES = ("name", "company", "local_name", "local_address", "local_lines")  # beside the street lines
CHANGE_COUNTRY = "change-country"  # the button's value
NAME_HINT = gettext_lazy("In Latin letters, as it stands on the door or bell")
LINE_HINTS = (gettext_lazy("Flat, floor, block, building"), gettext_lazy("Estate, street number and name"), "", "")
LAYOUT = Layout(LINES, "local_address")  # for what is pasted


def _text(name: str, label: Any, *, hint: Any = "", autocomplete: str = "off", **options: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(
        label=label, required=False, help_text=hint, max_length=LENGTHS[name], widget=widget, strip=True, **options
    )


class AddressForm(forms.Form):
    """A form with an address: which parts it has below its lines depends on the country.

    The address book's contact and the booking's parties are such forms; one fragment draws the address of either.
    """

    line_names: ClassVar[tuple[str, ...]]  # the fields of the street lines
    places: ClassVar[dict[str, str]]  # where a problem of the details shows, if not at the field of its name

    def lay_parts(self, source: Mapping[str, Any]) -> None:
        """Give the form the parts of an address in the country that `source` has; the others wait out of sight."""
        fields = addresses.address_fields(str(source.get("country") or countries.HONG_KONG))
        for field in fields:
            self.fields[field.name] = _address_part(field, str(source.get(field.name) or ""))
        self.shown_parts = [field.name for field in fields]
        self.hidden_parts = [name for name in ADDRESS_PARTS if name not in self.shown_parts]
        for name in self.hidden_parts:
            # What was typed for another country waits here, in case the reader goes back to it.
            self.fields[name] = forms.CharField(required=False, widget=forms.HiddenInput())
        for name in (*LABEL_LINES, *self.line_names):
            if name in self.fields:  # static/src/app.js says how much of a label's line is left
                self.fields[name].widget.attrs["data-label-line"] = LABEL_LINE

    @property
    def parts_url(self) -> str:
        """Where the address part comes from when another country is chosen."""
        return reverse("addressbook:address-fields")

    @property
    def has_countries(self) -> bool:
        """Tell whether there is a country to choose."""
        return len(list(self.fields["country"].choices)) > 1  # type: ignore[attr-defined]

    @property
    def address_lines(self) -> list[forms.BoundField]:
        return [self[name] for name in self.line_names]

    @property
    def address_parts(self) -> list[forms.BoundField]:
        """The parts of the address that this country has, in its order."""
        return [self[name] for name in self.shown_parts]

    @property
    def waiting_parts(self) -> list[forms.BoundField]:
        return [self[name] for name in self.hidden_parts]

    def show(self, problem: addresses.Problem) -> None:
        """Lay a problem beside the field it is about, one to a field; above them all where the form has none for it."""
        place = self.places.get(problem.field, problem.field)
        if place in self.errors:
            return
        known = place in self.fields and place not in self.hidden_parts
        self.add_error(place if known else None, forms.ValidationError(problem.message, code=problem.code))


def mark_optional(form: forms.Form, names: Iterable[str]) -> None:
    """Say in the labels of these fields that they may stay empty."""
    for name in names:
        form.fields[name].label = _("%(field)s (optional)") % {"field": form.fields[name].label}


class ContactForm(AddressForm):
    """A contact."""

    optional = ("line2", "line3", "line4", "local_name", "local_address", "email", "phone", "fax", "tags", "notes")
    line_names = LINES
    places = {"lines": "line1", "local_lines": "local_address"}

    name = _text("name", gettext_lazy("Name"), hint=NAME_HINT)
    company = _text("company", gettext_lazy("Company"))
    country = forms.ChoiceField(label=gettext_lazy("Country or territory"), choices=countries.choices)
    line1 = _text("lines", gettext_lazy("Address line 1"), hint=LINE_HINTS[0])
    line2 = _text("lines", gettext_lazy("Address line 2"), hint=LINE_HINTS[1])
    line3 = _text("lines", gettext_lazy("Address line 3"))
    line4 = _text("lines", gettext_lazy("Address line 4"))
    local_name = _text("local_name", gettext_lazy("Name in the local script"), hint=gettext_lazy("For example 陳大文"))
    local_address = forms.CharField(
        label=gettext_lazy("Address in the local script"),
        required=False,
        help_text=gettext_lazy(
            "At most 4 lines. Chinese alone is enough for Hong Kong, the Mainland, Macao and Taiwan."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )
    email = _text("email", gettext_lazy("E-mail address"))
    phone = _text("phone", gettext_lazy("Telephone"), hint=gettext_lazy("With the country code for numbers abroad"))
    fax = _text("fax", gettext_lazy("Fax"))
    can_receive = forms.BooleanField(label=gettext_lazy("Use as recipient"), required=False, initial=True)
    can_send = forms.BooleanField(label=gettext_lazy("Use as sender"), required=False)
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        help_text=gettext_lazy("Words to find contacts by, with commas between them"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"),
        required=False,
        max_length=LENGTHS["notes"],
        help_text=gettext_lazy("Only members of your account see these"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None, asks_fax: bool = False) -> None:
        super().__init__(data, initial=initial)
        source = data if data is not None else (initial or {})
        self.lay_parts(source)
        # Off unless the account asks for it; a number that is there already is shown, so that it can be taken out.
        if not (asks_fax or source.get("fax")):
            del self.fields["fax"]
        mark_optional(self, [name for name in self.optional if name in self.fields])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "country" not in self.errors:
            try:
                checked(self.details())
            except InvalidContact as error:
                for problem in error.problems:
                    self.show(problem)
        return cleaned

    def details(self) -> ContactDetails:
        """Return what was typed as the services take it."""
        values = self.cleaned_data
        return ContactDetails(
            country=values.get("country", ""),
            lines=[values[name] for name in LINES if values.get(name)],
            local_lines=[line for line in values.get("local_address", "").splitlines() if line.strip()],
            tags=[tag for tag in re.split(r"[,，、;；\n]", values.get("tags", "")) if tag.strip()],
            can_send=values.get("can_send", False),
            can_receive=values.get("can_receive", False),
            **{name: values.get(name, "") for name in self.shown_parts},
            **{
                name: values.get(name, "")
                for name in ("name", "company", "email", "phone", "fax", "local_name", "notes")
            },
        )


def _address_part(field: addresses.AddressField, value: str) -> forms.Field:
    hint = _("For example %(example)s") % {"example": field.example} if field.example else ""
    if not field.choices:
        label = field.label if field.required else _("%(field)s (optional)") % {"field": field.label}
        widget = forms.TextInput(attrs={"autocomplete": "off"})
        return forms.CharField(
            label=label, required=False, help_text=hint, max_length=LENGTHS[field.name], widget=widget
        )
    choices = [("", _("Choose")), *field.choices]
    if value and value not in dict(field.choices):
        choices.append((value, value))  # a spelling from elsewhere is kept, and judged with the rest
    return forms.ChoiceField(label=field.label, required=False, choices=choices, help_text=hint)


def initial_of(contact: Any) -> dict[str, Any]:
    """Return a contact's values as the form shows them."""
    details = ContactDetails.of(contact)
    lines = dict(zip(LINES, details.lines, strict=False))
    return {
        **{name: getattr(details, name) for name in details.__dataclass_fields__},
        **lines,
        "local_address": "\n".join(details.local_lines),
        "tags": ", ".join(details.tags),
    }


def typed(data: Any) -> dict[str, Any]:
    """Return what has been typed so far, to show it again without judging it."""
    known = [*ContactForm.base_fields, *ADDRESS_PARTS]
    values = {name: data.get(name, "") for name in known}
    return values | {name: name in data for name in ("can_send", "can_receive")}


class BookForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the address book"),
        required=False,
        max_length=services.MAX_BOOK_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    access = forms.ChoiceField(
        label=gettext_lazy("Who may open it"),
        choices=AddressBook.Access.choices,
        initial=AddressBook.Access.EVERYONE,
        widget=forms.RadioSelect,
    )


class ShareForm(forms.Form):
    email = forms.CharField(
        label=gettext_lazy("E-mail address of a member"),
        max_length=LENGTHS["email"],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    level = forms.ChoiceField(label=gettext_lazy("What they may do"), choices=Level.choices)


class TeamShareForm(forms.Form):
    """With which of the account's teams a book is shared."""

    team = forms.TypedChoiceField(
        label=gettext_lazy("Team"),
        coerce=UUID,
        error_messages={"invalid_choice": gettext_lazy("Choose a team of this account.")},
    )
    level = forms.ChoiceField(label=gettext_lazy("What its members may do"), choices=Level.choices)

    def __init__(self, *args: Any, teams: Sequence[Team], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_team_%s", **kwargs})  # two forms of a page ask for a level
        choices = [(str(team.pk), team.name) for team in teams]
        self.fields["team"].choices = choices  # type: ignore[attr-defined]


class SearchForm(forms.Form):
    """A search goes by POST: what people look for stands in no address."""

    q = forms.CharField(
        label=gettext_lazy("Search this book"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("A name, company, address, telephone, e-mail or tag"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search"}),
    )
    tag = forms.CharField(required=False, max_length=LENGTHS["tags"], widget=forms.HiddenInput)
    use = forms.ChoiceField(
        label=gettext_lazy("Show"),
        required=False,
        choices=[
            ("", gettext_lazy("All contacts")),
            ("recipient", gettext_lazy("Recipients")),
            ("sender", gettext_lazy("Senders")),
        ],
    )
    country = forms.ChoiceField(label=gettext_lazy("Country or territory"), required=False)
    order = forms.ChoiceField(
        label=gettext_lazy("Sort by"),
        required=False,
        choices=[
            (selectors.Order.NEWEST.value, gettext_lazy("Newest first")),
            (selectors.Order.USED.value, gettext_lazy("Last used first")),
            (selectors.Order.NAME.value, gettext_lazy("By name")),
        ],
    )
    favourites = forms.BooleanField(label=gettext_lazy("Only my favourites"), required=False)
    cursor = forms.CharField(required=False, max_length=600, widget=forms.HiddenInput)

    def __init__(self, *args: Any, present: list[str], **kwargs: Any) -> None:
        """`present`: the codes of the countries that the book has contacts in; one of another is no choice."""
        super().__init__(*args, **kwargs)
        named = sorted(present, key=lambda code: sorter(get_language() or "")(countries.name(code)))
        self.fields["country"].choices = [  # type: ignore[attr-defined]
            ("", _("All countries and territories")),
            *((code, countries.name(code)) for code in named),
        ]

    def filters(self) -> selectors.Filters:
        asked = self.cleaned_data
        return selectors.Filters(
            query=asked["q"],
            tag=asked["tag"],
            country=asked["country"],
            use=asked["use"],
            favourites=asked["favourites"],
        )
