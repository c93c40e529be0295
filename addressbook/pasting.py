"""A pasted text beside a form: what it fills in, what stays as typed, what we are not sure of, what is left over.

The forms name the parts of an address differently; `Layout` says how. Nothing is kept: what is filled in is shown for
correction, and saved by the form's own button like what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from addressbook import countries
from addressbook.paste import FIELDS, MOST_LETTERS, REASONS, Reading, parse

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PASTE = "paste"  # the button's value

# What a doubt or a kept value is called where the form has no field of its own for it.
NAMES: dict[str, _StrPromise] = {
    "name": gettext_lazy("Name"),
    "company": gettext_lazy("Company"),
    "country": gettext_lazy("Country or territory"),
    "lines": gettext_lazy("Street, building or PO box"),
    "city": gettext_lazy("Town or city"),
    "district": gettext_lazy("District"),
    "state": gettext_lazy("State, province or county"),
    "postcode": gettext_lazy("Postcode"),
    "local_name": gettext_lazy("Name in the local script"),
    "local_lines": gettext_lazy("Address in the local script"),
    "phone": gettext_lazy("Telephone"),
    "email": gettext_lazy("E-mail address"),
    "fax": gettext_lazy("Fax"),
}
_ADDRESS = ("lines", "city", "district", "state", "postcode", "local_lines")


class PasteForm(forms.Form):
    """The text itself. It stands in the same HTML form as the fields it fills."""

    pasted = forms.CharField(
        label=gettext_lazy("Text with an address"),
        max_length=MOST_LETTERS,
        help_text=gettext_lazy(
            "From a message, a web page or a signature, in English or Chinese, of Hong Kong or another country."
        ),
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Paste the text of an address first."),
            "max_length": gettext_lazy("Paste at most %(limit_value)d characters: one address."),
        },
    )


class Layout(NamedTuple):
    """How a form names the parts: its fields of the four lines, and that of the address in the local script."""

    lines: tuple[str, ...]
    local_lines: str


class Doubt(NamedTuple):
    """A field that we are not sure of; `anchor` is its id in the page, "" where the form does not show it."""

    anchor: str
    label: str
    reason: str


class Kept(NamedTuple):
    """A field that was typed before and stays; `pasted` is what the text has for it."""

    label: str
    pasted: str


@dataclass
class Filled:
    """What a text did to a form."""

    values: dict[str, Any]
    doubts: list[Doubt] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)
    found: int = 0  # fields that the text filled in

    def stands(self, name: str, layout: Layout, value: Any) -> bool:
        """Tell whether a part stands in the form as the text has it."""
        return _typed(self.values, name, layout) == _as_text(value)

    @property
    def focus(self) -> str:
        """The id of the first doubtful field, which gets the focus; "" for the summary."""
        return next((doubt.anchor for doubt in self.doubts if doubt.anchor), "")


def fill(text: str, typed: Mapping[str, Any], layout: Layout, *, known: set[str], only: str = "") -> Filled:
    """Return a form's values with what a text has for those that are empty.

    `known` are the form's fields; `only` is the one country that it takes, if it takes but one. What was typed stays.
    The country is the text's unless a part of an address was typed; an address in another country is not mixed with it.
    """
    reading = parse(text, country=only or str(typed.get("country") or "") or countries.HONG_KONG)
    made = Filled(dict(typed), left_over=list(reading.left_over))
    offered = _offered(reading, layout)
    has_address = any(_typed(typed, name, layout) for name in _ADDRESS)
    is_elsewhere = has_address and reading.details.country != typed.get("country")
    for name in FIELDS:
        value = offered[name]
        if not value or (name == "state" and not any(part in known for part in _names(name, layout))):
            continue
        if name == "country":
            _take_country(made, reading, has_address=has_address, only=only)
        elif not set(_names(name, layout)) & known:
            made.left_over.append(_as_text(value))
        elif (_typed(typed, name, layout) or (is_elsewhere and name in _ADDRESS)) and not made.stands(
            name, layout, value
        ):
            made.kept.append(Kept(str(NAMES[name]), _as_text(value)))
            reading.doubts.pop(name, None)
        else:
            made.values |= dict(zip(_names(name, layout), value if isinstance(value, list) else [value], strict=False))
            made.found += 1
    if not made.found:
        return made
    made.doubts = [
        Doubt(_anchor(name, layout, known), str(NAMES[name]), str(REASONS[reading.doubts[name]]))
        for name in FIELDS
        if name in reading.doubts and (name == "country" or not _typed(typed, name, layout))
    ]
    return made


def _offered(reading: Reading, layout: Layout) -> dict[str, Any]:
    details = reading.details
    offered: dict[str, Any] = {name: getattr(details, name) for name in FIELDS}
    return offered | {"local_lines": "\n".join(details.local_lines)}


def _names(name: str, layout: Layout) -> tuple[str, ...]:
    """Return the form's fields for a part of a contact."""
    if name == "lines":
        return layout.lines
    return (layout.local_lines,) if name == "local_lines" else (name,)


def _typed(typed: Mapping[str, Any], name: str, layout: Layout) -> str:
    return ", ".join(text for part in _names(name, layout) if (text := str(typed.get(part) or "").strip()))


def _as_text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _take_country(made: Filled, reading: Reading, *, has_address: bool, only: str) -> None:
    """Set the country, unless an address was typed for another one or the form takes but one."""
    code, before = reading.details.country, str(made.values.get("country") or "")
    if code == before:
        return
    if only and code != only:
        made.left_over.append(countries.name(code))
        reading.doubts["country"] = "other_country"
    elif has_address:
        made.kept.append(Kept(str(NAMES["country"]), countries.name(code)))
        reading.doubts.pop("country", None)
    else:
        made.values["country"] = code


def _anchor(name: str, layout: Layout, known: set[str]) -> str:
    first = _names(name, layout)[0]
    return f"id_{first}" if first in known else ""


def say_doubts(form: forms.Form, filled: Filled) -> None:
    """Write each doubt into the hint of its field, which is read out with it, and put the focus into the first one."""
    filled.doubts = [doubt if _is_shown(form, doubt) else doubt._replace(anchor="") for doubt in filled.doubts]
    for doubt in filled.doubts:
        if not doubt.anchor:
            continue
        shown = form.fields[doubt.anchor.removeprefix("id_")]
        words = _("We are not sure: %(reason)s") % {"reason": doubt.reason}
        before = format_html("{}<br>", shown.help_text) if shown.help_text else ""
        shown.help_text = format_html('{}<strong class="app-doubt">{}</strong>', before, words)
        if doubt.anchor == filled.focus:
            shown.widget.attrs["autofocus"] = True


def _is_shown(form: forms.Form, doubt: Doubt) -> bool:
    shown = form.fields.get(doubt.anchor.removeprefix("id_"))
    return shown is not None and not shown.widget.is_hidden


@dataclass
class Pasting:
    """The pasted text and what it did, for the template beside a form."""

    form: PasteForm
    filled: Filled | None = None

    @property
    def is_open(self) -> bool:
        return bool(self.form.is_bound or self.form["pasted"].value())


def pasting_of(data: Mapping[str, Any] | None) -> Pasting:
    """Return what stands in the pasted text's field: read where its button was pressed, else only shown again."""
    if data is not None and data.get("action") == PASTE:
        return Pasting(PasteForm(data))
    return Pasting(PasteForm(initial={"pasted": (data or {}).get("pasted", "")}))
