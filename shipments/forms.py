"""The forms of booking and of quotes. A step's form knows its draft, says what it would save, and can be redrawn."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from addressbook import countries
from addressbook.details import LENGTHS, MAX_LINES, InvalidContact
from addressbook.forms import CHANGE_COUNTRY, LINE_HINTS, NAME_HINT, AddressForm, mark_optional
from addressbook.pasting import PASTE, Layout, fill, pasting_of, say_doubts
from shipments import declarations, parties, pricing
from shipments.customs import NonDelivery
from shipments.models import Contents, Format, Shipment
from shipments.walk import address_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOST_G = 40_000  # above every service's limit
MOST_MM = 3_000
MOST_LINES = 20
MORE, REMOVE, USE, FIND, REDRAW = "more", "remove", "use", "find", "redraw"
FORMAT_HINT = _("Only letter services ask for it. Goods without sizes count as a packet.")
REDRAWING = {FIND, REDRAW, CHANGE_COUNTRY}  # only draw the form again, with what was typed
DIGITS = {"inputmode": "numeric", "class": "govuk-input--width-5"}


class ErrorLink(NamedTuple):
    """One line of the summary at the top of a page: what to do, and the field to do it in."""

    anchor: str
    message: str


def error_links(form: forms.BaseForm) -> list[ErrorLink]:
    """Return a form's errors, each with the id of its field."""
    links = [ErrorLink("", str(message)) for message in form.non_field_errors()]
    for field in form:
        anchor = f"{field.auto_id}_0" if isinstance(field.field.widget, forms.RadioSelect) else field.auto_id
        links += [ErrorLink(str(anchor), str(message)) for message in field.errors]
    return links


class StepForm(forms.Form):
    """A form of one step of the wizard."""

    template_of_step: ClassVar[str] = "shipments/step.html"
    optional: ClassVar[tuple[str, ...]] = ()  # fields whose labels say so

    def __init__(self, data: Any = None, *, shipment: Shipment, initial: dict[str, Any] | None = None) -> None:
        self.shipment = shipment
        super().__init__(data, initial={**self.kept(shipment), **(initial or {})})
        mark_optional(self, self.optional)

    @classmethod
    def kept(cls, shipment: Shipment) -> dict[str, Any]:
        """What the draft already says, as the form's starting values."""
        return {name: getattr(shipment, name) for name in cls.base_fields if hasattr(shipment, name)}

    def values(self) -> dict[str, Any]:
        """What a valid form would save in the draft."""
        return dict(self.cleaned_data)

    def error_links(self) -> list[ErrorLink]:
        return error_links(self) if self.is_bound else []

    def redrawn(self, action: str) -> Self | None:
        """Return the form after a button that only changes the form (another line, fill in), or None for other ones.

        `REDRAW` is the language switch: the same words, typed half, in a form of another language.
        """
        return type(self)(shipment=self.shipment, initial=self.typed()) if action in REDRAWING else None

    def typed(self) -> dict[str, Any]:
        """What stands in the fields, right or wrong."""
        return {name: self[name].value() for name in self.fields}


# The parties ---------------------------------------------------------------------------------------------------


LINE_NAMES = ("line_1", "line_2", "line_3", "line_4")
LAYOUT = Layout(LINE_NAMES, "local_lines")  # for what is pasted


class PartyForm(StepForm, AddressForm):
    """A sender or a recipient: filled in from the address book, or typed."""

    is_sender: ClassVar[bool] = False
    template_of_step = "shipments/step_party.html"
    optional = ("line_2", "line_3", "line_4", "email", "local_name", "local_lines")
    line_names = LINE_NAMES
    places = {"lines": "line_1"}

    name = forms.CharField(label=_("Name"), max_length=LENGTHS["name"], required=False, help_text=NAME_HINT)
    company = forms.CharField(label=_("Company"), max_length=LENGTHS["company"], required=False)
    country = forms.ChoiceField(label=_("Country or territory"), choices=countries.choices)
    line_1 = forms.CharField(
        label=_("Address line 1"), max_length=LENGTHS["lines"], required=False, help_text=LINE_HINTS[0]
    )
    line_2 = forms.CharField(
        label=_("Address line 2"), max_length=LENGTHS["lines"], required=False, help_text=LINE_HINTS[1]
    )
    line_3 = forms.CharField(label=_("Address line 3"), max_length=LENGTHS["lines"], required=False)
    line_4 = forms.CharField(label=_("Address line 4"), max_length=LENGTHS["lines"], required=False)
    phone = forms.CharField(label=_("Telephone number"), max_length=LENGTHS["phone"], required=False)
    email = forms.CharField(label=_("E-mail address"), max_length=LENGTHS["email"], required=False)
    local_name = forms.CharField(label=_("Name in the local script"), max_length=LENGTHS["local_name"], required=False)
    local_lines = forms.CharField(
        label=_("Address in the local script"),
        help_text=_("One line for each line of the address."),
        required=False,
        max_length=LENGTHS["local_lines"] * MAX_LINES,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    save_to_book = forms.BooleanField(label=_("Save this address in my address book"), required=False)
    filled_from = forms.UUIDField(required=False, widget=forms.HiddenInput)  # the contact that filled it in

    def __init__(self, data: Any = None, *, shipment: Shipment, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, shipment=shipment, initial=initial)
        self.lay_parts(self.initial if data is None else data)
        self.pasting = pasting_of(data)

    def redrawn(self, action: str) -> Self | None:
        """Return the form with what a pasted text has for its empty fields, where that was asked for."""
        again = super().redrawn(FIND if action == PASTE else action)
        if again is not None:
            again.pasting = self.pasting
        if again is None or action != PASTE or not self.pasting.form.is_valid():
            return again
        only = parties.HONG_KONG if self.is_sender else ""
        before = {**self.typed(), **dict.fromkeys(self.hidden_parts, "")}  # what waits out of sight is not in the way
        text, known = self.pasting.form.cleaned_data["pasted"], set(self.fields)
        filled = self.pasting.filled = fill(text, before, LAYOUT, known=known, only=only)
        made = type(self)(shipment=self.shipment, initial=filled.values)
        made.pasting = self.pasting
        say_doubts(made, filled)
        return made

    @property
    def parts_url(self) -> str:
        return address_of(self.shipment, self.party_name)

    @property
    def party_name(self) -> str:
        return "sender" if self.is_sender else "recipient"

    @classmethod
    def kept(cls, shipment: Shipment) -> dict[str, Any]:
        party, contact = (
            (shipment.sender, shipment.sender_contact)
            if cls.is_sender
            else (shipment.recipient, shipment.recipient_contact)
        )
        return {**as_typed(party), "filled_from": contact}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        # What waits out of sight was typed for another country.
        unseen = {"lines", "local_lines", *self.hidden_parts}
        party = {name: "" if name in unseen else data.get(name, "") for name in parties.FIELDS}
        party["lines"] = [data.get(name, "") for name in LINE_NAMES]
        party["local_lines"] = data.get("local_lines", "").splitlines()
        try:
            self.party = parties.checked_party(party, sender=self.is_sender)
        except InvalidContact as error:
            for problem in error.problems:
                self.show(problem)
        return data

    def values(self) -> dict[str, Any]:
        contact = self.cleaned_data.get("filled_from")
        return {self.party_name: self.party, f"{self.party_name}_contact": str(contact or "")}


def as_typed(party: dict[str, Any]) -> dict[str, Any]:
    """Return a party as the fields of its form."""
    typed = {name: value for name, value in party.items() if name not in {"lines", "local_lines"}}
    lines = [*party.get("lines", []), "", "", "", ""]
    typed.update(dict(zip(LINE_NAMES, lines, strict=False)))
    typed["local_lines"] = "\n".join(party.get("local_lines", []))
    return typed


class SenderForm(PartyForm):
    is_sender = True

    country = forms.ChoiceField(
        label=_("Country or territory"),
        choices=lambda: [(parties.HONG_KONG, countries.name(parties.HONG_KONG))],
        initial=parties.HONG_KONG,
        help_text=_("The return address is in Hong Kong."),
    )


class RecipientForm(PartyForm):
    pass


# Contents and customs ------------------------------------------------------------------------------------------


def millimetres(label: _StrPromise) -> forms.IntegerField:
    """Return a field for one side of the item; which sides a service asks for is not the form's to know."""
    return forms.IntegerField(
        label=label, min_value=1, max_value=MOST_MM, required=False, widget=forms.TextInput(attrs=DIGITS)
    )


class ContentsForm(StepForm):
    optional = ("length_mm", "width_mm", "height_mm", "reference")

    contents = forms.ChoiceField(label=_("What do you send?"), choices=Contents.choices, widget=forms.RadioSelect)
    weight_g = forms.IntegerField(
        label=_("Weight in grams"),
        min_value=1,
        max_value=MOST_G,
        widget=forms.TextInput(attrs=DIGITS),
        help_text=_("With the packaging. The post office weighs the item again."),
        error_messages={"required": _("Enter the weight in grams."), "invalid": _("Enter the weight in whole grams.")},
    )
    format = forms.ChoiceField(
        label=_("Format"),
        choices=[("", _("Choose the cheapest that fits")), *Format.choices],
        required=False,
        help_text=FORMAT_HINT,
    )
    length_mm = millimetres(_("Length in millimetres"))
    width_mm = millimetres(_("Width in millimetres"))
    height_mm = millimetres(_("Height in millimetres"))
    destination = forms.ChoiceField(label=_("Part of the destination"), required=False)
    zone = forms.ChoiceField(
        label=_("Part of the destination"), required=False, help_text=_("It may change the price.")
    )
    reference = forms.CharField(
        label=_("Your reference"), max_length=40, required=False, help_text=_("It is printed on the label.")
    )

    def __init__(self, data: Any = None, *, shipment: Shipment, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, shipment=shipment, initial=initial)
        country = shipment.recipient.get("country", "")
        if not shipment.zone:
            self.initial["zone"] = pricing.likely_zone(shipment.destination, state=shipment.recipient.get("state", ""))
        for name, choices in (
            ("destination", pricing.destination_choices(country)),
            ("zone", pricing.zone_choices(shipment.destination, country=country, on=pricing.today())),
        ):
            if choices:
                self.fields[name].choices = choices  # type: ignore[attr-defined]
            else:
                del self.fields[name]


class ItemForm(forms.Form):
    """One customs line."""

    description = forms.CharField(
        label=_("Description in English"),
        max_length=60,
        help_text=_("Say what it is and what it is made of, for example cotton shirt."),
        error_messages={"required": _("Describe the item in English.")},
    )
    quantity = forms.IntegerField(
        label=_("Quantity"), min_value=1, max_value=9999, initial=1, widget=forms.TextInput(attrs=DIGITS)
    )
    weight_g = forms.IntegerField(
        label=_("Net weight of all in grams"), min_value=1, max_value=MOST_G, widget=forms.TextInput(attrs=DIGITS)
    )
    value = forms.DecimalField(
        label=_("Value of all"), min_value=Decimal("0.01"), max_digits=12, decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-10"}),
    )  # fmt: skip
    currency = forms.ChoiceField(label=_("Currency"), choices=declarations.currency_choices, initial="HKD")
    hs_code = forms.CharField(
        label=_("HS code"), max_length=10, required=False, help_text=_("6 digits, or Hong Kong's own 8.")
    )
    origin = forms.ChoiceField(
        label=_("Country of origin"),
        choices=lambda: [("", gettext("Choose a country")), *countries.choices()],
        required=False,
    )

    def line(self) -> dict[str, Any]:
        """Return the line as a draft keeps it: the value as text, so that no digit is lost."""
        return {**self.cleaned_data, "value": f"{self.cleaned_data['value']:.2f}"}


ItemFormSet = forms.formset_factory(
    ItemForm, extra=0, min_num=1, max_num=MOST_LINES, validate_max=True, validate_min=True
)


class CustomsForm(StepForm):
    """Category, lines and papers. The lines are a form set of their own below it."""

    template_of_step = "shipments/step_customs.html"
    optional = ("importer_reference", "licence_number", "certificate_number", "invoice_number")

    category = forms.ChoiceField(label=_("Category of contents"), choices=declarations.category_choices)
    category_words = forms.CharField(label=_("What it is, if you chose other"), max_length=60, required=False)
    non_delivery = forms.ChoiceField(
        label=_("If it cannot be delivered"), choices=NonDelivery.choices, widget=forms.RadioSelect
    )
    importer_reference = forms.CharField(label=_("Importer's reference"), max_length=40, required=False)
    licence_number = forms.CharField(label=_("Licence number"), max_length=40, required=False)
    certificate_number = forms.CharField(label=_("Certificate number"), max_length=40, required=False)
    invoice_number = forms.CharField(label=_("Invoice number"), max_length=40, required=False)

    def __init__(self, data: Any = None, *, shipment: Shipment, initial: dict[str, Any] | None = None,
                 lines: list[dict[str, Any]] | None = None) -> None:  # fmt: skip
        super().__init__(data, shipment=shipment, initial=initial)
        self.lines = ItemFormSet(data, prefix="items", initial=shipment.items if lines is None else lines)

    def is_valid(self) -> bool:
        own, lines = super().is_valid(), self.lines.is_valid()
        return own and lines and self._follows_the_rules()

    def _follows_the_rules(self) -> bool:
        """Ask the customs rules, and lay each answer beside the field it is about."""
        for problem in declarations.problems_of(weight_g=self.shipment.weight_g, on=pricing.today(), **self.values()):
            if problem.line is None:
                self.add_error(problem.field if problem.field in self.fields else None, problem.message)
            else:
                self.lines.forms[problem.line].add_error(problem.field, problem.message)
        return not self.errors and not any(form.errors for form in self.lines.forms)

    def error_links(self) -> list[ErrorLink]:
        return [
            *super().error_links(),
            *(link for line in self.lines.forms if line.is_bound for link in error_links(line)),
        ]

    def values(self) -> dict[str, Any]:
        return {**self.cleaned_data, "items": [form.line() for form in self.lines.forms]}

    def redrawn(self, action: str) -> Self | None:
        """Another empty line, or one line less: what was typed in the others stays, right or wrong."""
        verb, _space, place = action.partition(" ")
        if verb not in {MORE, REMOVE, REDRAW}:
            return None
        lines = [{name: form[name].value() for name in form.fields} for form in self.lines.forms[:MOST_LINES]]
        if verb == MORE and len(lines) < MOST_LINES:
            lines.append({})
        if verb == REMOVE and place.isdecimal() and int(place) < len(lines) and len(lines) > 1:
            del lines[int(place)]
        return type(self)(shipment=self.shipment, initial=self.typed(), lines=lines)


# Service and review --------------------------------------------------------------------------------------------


class ServiceForm(StepForm):
    """One of the services that take the item, each with its price."""

    template_of_step = "shipments/step_service.html"

    service = forms.ChoiceField(
        label=_("Service"), widget=forms.RadioSelect, error_messages={"required": _("Choose a service.")}
    )

    def __init__(self, data: Any = None, *, shipment: Shipment, initial: dict[str, Any] | None = None,
                 offers: pricing.Offers | None = None) -> None:  # fmt: skip
        super().__init__(data, shipment=shipment, initial=initial)
        self.offers = offers or pricing.offers_for(shipment, on=pricing.today())
        self.fields["service"].choices = [(offer.service, offer.name) for offer in self.offers.results]  # type: ignore[attr-defined]


class ReviewForm(forms.Form):
    """The postage that the reader saw: booked at no other."""

    postage_hkd = forms.DecimalField(max_digits=10, decimal_places=2, widget=forms.HiddenInput)


class StartForm(forms.Form):
    """One form sent twice makes one draft."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def key(self) -> UUID | None:
        return self.cleaned_data["submission_key"] if self.is_valid() else None


class SearchForm(forms.Form):
    """Words to look for in names, references and item numbers. Sent by POST, so that no name stands in an address."""

    q = forms.CharField(label=_("Name, reference or item number"), max_length=100)


class QuoteForm(forms.Form):
    """What the public quote page asks. Nothing in it is personal, so it is a GET form."""

    destination = forms.ChoiceField(label=_("Where to?"))
    weight_g = forms.IntegerField(
        label=_("Weight in grams"),
        min_value=1,
        max_value=MOST_G,
        widget=forms.TextInput(attrs=DIGITS),
        error_messages={"required": _("Enter the weight in grams."), "invalid": _("Enter the weight in whole grams.")},
    )
    contents = forms.ChoiceField(
        label=_("What do you send?"), choices=Contents.choices, widget=forms.RadioSelect, initial=Contents.GOODS
    )
    format = forms.ChoiceField(
        label=_("Format"),
        choices=[("", _("Choose the cheapest that fits")), *Format.choices],
        required=False,
        help_text=FORMAT_HINT,
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        offered = pricing.quote_choices()
        if data is not None and "destination" in data:
            data = data.copy()
            data["destination"] = pricing.choice_of(str(data["destination"]), offered=dict(offered))
        super().__init__(data)
        self.fields["destination"].choices = offered  # type: ignore[attr-defined]
