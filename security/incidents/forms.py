"""What staff type about an incident: its reach, a reason, the texts of notices, the regulator's form."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from security.detection import blocking, freeze
from security.incidents import regulator, texts
from security.incidents.models import Incident, State
from security.incidents.reach import Reach, of_data
from security.incidents.services import MOVES
from security.incidents.texts import Texts

MOST_LINES = 500
ACTOR = re.compile(r"(user|key|operator|case|system):[\w-]{1,64}")
LOCAL = "%Y-%m-%d %H:%M"


class LinesField(forms.CharField):
    """Some lines, each read by `one`, which raises ValueError for a wrong one."""

    def __init__(self, one: Callable[[str], Any], **options: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3}), **options)
        self.one = one

    def clean(self, value: Any) -> tuple[Any, ...]:
        found = [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]
        if len(found) > MOST_LINES:
            raise forms.ValidationError(_("Enter at most 500 lines."))
        try:
            return tuple(self.one(line) for line in found)
        except ValueError as error:
            raise forms.ValidationError(_("This line is not of the right shape: %(line)s") % {"line": error}) from error


class MomentField(forms.CharField):
    """A moment of Hong Kong, such as 2026-03-27 14:30."""

    default_error_messages = {"shape": _("Enter day and time as in 2026-03-27 14:30.")}

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return timezone.make_aware(datetime.strptime(text.replace("T", " ").strip(), LOCAL))  # noqa: DTZ007
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["shape"]) from error


def _actor(line: str) -> str:
    if not ACTOR.fullmatch(line):
        raise ValueError(line)
    return line


def _network(line: str) -> str:
    try:
        return str(ipaddress.ip_network(line, strict=False))
    except ValueError as error:
        raise ValueError(line) from error


def _endpoint(line: str) -> str:
    if not re.fullmatch(r"[\w:.-]{1,100}", line):
        raise ValueError(line)
    return line


def _account(line: str) -> UUID:
    try:
        return UUID(line)
    except ValueError as error:
        raise ValueError(line) from error


class ReachForm(forms.Form):
    """Whose acts, from where, by which techniques, when."""

    since = MomentField(label=_("From"), help_text=_("Day and time of Hong Kong, for example 2026-03-27 14:30"))
    until = MomentField(label=_("Until"), required=False, help_text=_("Leave empty while it goes on"))
    actors = LinesField(_actor, label=_("Actors"), help_text=_("One a line, as in the trail: user: or key: and an id"))
    sources = LinesField(_network, label=_("Sources"), help_text=_("Addresses or networks, one a line"))
    endpoints = LinesField(_endpoint, label=_("Techniques"), help_text=_("Names of pages or operations, one a line"))
    without = LinesField(
        _account,
        label=_("Accounts left out"),
        help_text=_("Ids, one a line: those of the attacker, who needs no notice"),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not (cleaned["actors"] or cleaned["sources"] or cleaned["endpoints"]):
            raise forms.ValidationError(_("Name an actor, a source or a technique: otherwise it would be everybody."))
        return cleaned

    def reach(self) -> Reach:
        return Reach(**{name: self.cleaned_data[name] for name in ReachForm.base_fields})


class OpenForm(ReachForm):
    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("What happened, in a few words. Name nobody.")
    )
    field_order = ("title",)


def initial_of(incident: Incident) -> dict[str, Any]:
    """Return what a reach form begins with."""
    reach = of_data(incident.reach)
    return {
        "since": timezone.localtime(reach.since).strftime(LOCAL),
        "until": timezone.localtime(reach.until).strftime(LOCAL) if reach.until else "",
        **{name: "\n".join(map(str, getattr(reach, name))) for name in ("actors", "sources", "endpoints", "without")},
    }


class MoveForm(forms.Form):
    to = forms.ChoiceField(label=_("Move on to"))
    words = forms.CharField(
        label=_("Reason or note"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed to close and to reopen. Name nobody."),
    )

    def __init__(self, *args: Any, incident: Incident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [(to.value, to.label) for to in MOVES[State(incident.state)]]  # type: ignore[attr-defined]


class FreezeForm(forms.Form):
    feature = forms.ChoiceField(label=_("Part of the site"))
    size = forms.ChoiceField(label=_("For whom"), choices=freeze.Size.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["feature"].choices = freeze.choices()  # type: ignore[attr-defined]


class BlockForm(forms.Form):
    """Which network, how long and why. What would shut out ourselves is refused, or asked for once more."""

    network = forms.CharField(
        label=_("Address or network"),
        max_length=49,
        help_text=_("For example 203.0.113.9 or 203.0.113.0/24; at most a /16, of IPv6 a /32"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    hours = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        initial=24,
        choices=[(1, _("1 hour")), (24, _("1 day")), (24 * 7, _("7 days")), (24 * 30, _("30 days"))],
    )
    reason = forms.CharField(
        label=_("Reason"), min_length=10, max_length=500, help_text=_("In a sentence. Name nobody."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    is_mine_too = forms.BooleanField(
        label=_("Block it although I come from there myself: I am shut out of this console as well"), required=False
    )

    def __init__(self, *args: Any, here: blocking.Here, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.here = here

    def clean_network(self) -> str:
        try:
            return blocking.read(self.cleaned_data["network"], here=self.here)
        except blocking.NoNetwork as error:
            raise forms.ValidationError(_("Enter an address or a network, such as 203.0.113.0/24.")) from error
        except blocking.TooWide as error:
            raise forms.ValidationError(
                _("This is too wide: at most a /16, of IPv6 a /32. Enter a part of it.")
            ) from error
        except blocking.OurOwn as error:
            raise forms.ValidationError(
                _("This holds an address of this site itself: everybody would be shut out. Enter a part of it.")
            ) from error

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        network = cleaned.get("network")
        if network and blocking.holds(network, self.here.address) and not cleaned.get("is_mine_too"):
            self.add_error(
                "is_mine_too", _("You come from there yourself: you would be shut out. Tick this if you mean it.")
            )
        return cleaned


class NoteForm(forms.Form):
    words = forms.CharField(
        label=_("Note"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Name nobody.")
    )


class StopForm(forms.Form):
    words = forms.CharField(label=_("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class TextsForm(forms.Form):
    """All parts in all languages; what is wrong is said at its field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language in texts.languages():
            for part, label in texts.PARTS.items():
                widget = forms.TextInput() if part == "subject" else forms.Textarea(attrs={"rows": 5})
                self.fields[f"{language}_{part}"] = forms.CharField(
                    label=label, widget=widget, required=False, max_length=texts.MOST_OTHERWISE
                )

    def texts(self) -> Texts:
        return {
            language: {part: self.cleaned_data[f"{language}_{part}"] for part in texts.PARTS}
            for language in texts.languages()
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                texts.check(self.texts())
            except texts.BadTexts as error:
                for problem in error.problems:
                    self.add_error(f"{problem.language}_{problem.part}", problem.message)
        return cleaned


class RegulatorFormForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for section in regulator.SECTIONS:
            for field in section.fields:
                widget = forms.Textarea(attrs={"rows": 4}) if field.is_long else forms.TextInput()
                self.fields[field.name] = forms.CharField(
                    label=field.label, widget=widget, required=False, max_length=regulator.MOST
                )
