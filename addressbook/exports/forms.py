"""What is said about a file that is to be made, and of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy

from addressbook import selectors
from addressbook.exports import services
from addressbook.exports.models import Kind
from addressbook.forms import SearchForm
from addressbook.models import AddressBook
from addressbook.selectors import Filters

TICKED, ALL = "ticked", "all"


class ExportForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of file"),
        choices=Kind.choices,
        initial=Kind.XLSX,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "Excel keeps zeros at the beginning of codes in XLSX alone. vCard is for telephones and mail programs."
        ),
    )
    has_mark = forms.BooleanField(
        label=gettext_lazy("CSV for Excel: begin with the mark by which it knows UTF-8"), required=False
    )

    def wishes(self) -> services.Wishes:
        said = self.cleaned_data
        return services.Wishes(said["kind"], has_mark=said["has_mark"], language=get_language() or "en")


@dataclass(frozen=True)
class Selection:
    """Of whom a file is to be: the contacts that were ticked, or what the filters leave, or the whole book."""

    which: str = ""
    ids: Sequence[UUID] = ()
    filters: Filters | None = None

    @property
    def is_nobody(self) -> bool:
        return self.which == TICKED and not self.ids


def selection_in(words: QueryDict | None, book: AddressBook) -> Selection:
    """Read what came with a form. Words that no list can be narrowed to leave nobody: never more than was asked for."""
    which = words.get("which", "") if words else ""
    if words is None or which not in {TICKED, ALL}:
        return Selection()
    if which == TICKED:
        return Selection(which, [pk for one in words.getlist("contact") if (pk := _uuid(one))][: services.MOST_CHOSEN])
    form = SearchForm(words, present=selectors.overview(book).countries)
    return Selection(ALL, filters=form.filters()) if form.is_valid() else Selection(TICKED)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
