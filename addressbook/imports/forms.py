"""The shape and wording of what is said about a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from addressbook import countries
from addressbook.imports import matching, services
from addressbook.imports.models import Duplicates, Import, NearDuplicates
from addressbook.imports.reading import Kind
from addressbook.imports.reading.encodings import CHOICES
from addressbook.imports.words import COLUMN_NAMES

DELIMITERS = {
    ",": gettext_lazy("Comma"),
    ";": gettext_lazy("Semicolon"),
    "\t": gettext_lazy("Tab"),
    "|": gettext_lazy("Vertical bar"),
    "^": gettext_lazy("Caret"),
    "~": gettext_lazy("Tilde"),
    ":": gettext_lazy("Colon"),
}
_TAB = "tab"  # a browser drops the blanks of a value


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Choose a file, or drop it here"),
        required=False,
        allow_empty_file=True,
        help_text=gettext_lazy("CSV, Excel (XLSX) or vCard, up to 10 MB and 50,000 contacts"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.vcf,.vcard", "class": "app-drop"}),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country or territory of rows that name none"),
        choices=countries.choices,
        initial=countries.HONG_KONG,
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file:
            raise forms.ValidationError(_("Choose a file."))
        if file.size > services.MOST_BYTES:
            raise forms.ValidationError(too_large())
        return file


def too_large() -> str:
    return _("The file is larger than 10 MB. Split it into several files, or take pictures out of it.")


class ColumnsForm(forms.Form):
    """How a file is to be read: what each column is, and what was found out about the file."""

    def __init__(self, data: Any = None, *, run: Import) -> None:
        super().__init__(data)
        self.run = run
        self.is_table = run.kind == Kind.CSV
        if run.kind != Kind.VCARD:
            self._add_columns()
        self.fields["country"] = forms.ChoiceField(
            label=gettext_lazy("Country or territory of rows that name none"),
            choices=countries.choices,
            initial=run.country,
        )
        if self.is_table or not run.kind:
            self._add_table()

    def _add_columns(self) -> None:
        options = [("", _("Leave this column out")), *COLUMN_NAMES.items()]
        for place, chosen in enumerate(self.run.chosen):
            heading = self.run.headings[place] if place < len(self.run.headings) else ""
            samples = self.run.samples[place] if place < len(self.run.samples) else []
            self.fields[f"column{place}"] = forms.ChoiceField(
                label=heading.strip() or _("Column %(number)d") % {"number": place + 1},
                help_text=_escaped(" · ".join(samples)),
                choices=options,
                initial=chosen,
                required=False,
            )
        if self.run.chosen:
            self.fields["has_headings"] = forms.ChoiceField(
                label=gettext_lazy("The first row holds"),
                choices=[("yes", gettext_lazy("Headings")), ("no", gettext_lazy("A contact"))],
                initial="yes" if self.run.has_headings else "no",
            )
            self.fields["remember"] = forms.CharField(
                label=gettext_lazy("Remember these columns as (optional)"),
                help_text=gettext_lazy(
                    "Files with the same headings are then read in the same way, for everybody here"
                ),
                required=False,
                max_length=services.MAX_NAME,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    def _add_table(self) -> None:
        wanted = self.run.wanted
        self.fields["encoding"] = forms.ChoiceField(
            label=gettext_lazy("Encoding"),
            choices=[("", _found(CHOICES.get(self.run.encoding, ""))), *CHOICES.items()],
            initial=wanted.get("encoding", ""),
            required=False,
        )
        found = str(DELIMITERS.get(self.run.delimiter, ""))
        self.fields["delimiter"] = forms.ChoiceField(
            label=gettext_lazy("Between the cells"),
            choices=[
                ("", _found(found)),
                *((_TAB if sign == "\t" else sign, words) for sign, words in DELIMITERS.items()),
            ],
            initial=_TAB if wanted.get("delimiter") == "\t" else wanted.get("delimiter", ""),
            required=False,
        )

    @property
    def column_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("column")]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if not name.startswith("column")]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        twice = matching.repeated(self._chosen(cleaned))
        for place, name in enumerate(self._chosen(cleaned)):
            if name in twice:
                self.add_error(f"column{place}", _("Two columns cannot be the same. Leave one out."))
        return cleaned

    def _chosen(self, cleaned: dict[str, Any]) -> list[str]:
        return [str(cleaned.get(f"column{place}") or "") for place in range(len(self.run.chosen))]

    def wishes(self) -> services.Wishes:
        """Return what was said as the services take it. Columns are matched anew where the cells are cut otherwise."""
        said = self.cleaned_data
        delimiter = "\t" if said.get("delimiter") == _TAB else said.get("delimiter", "")
        headings = {"yes": True, "no": False}.get(said.get("has_headings", ""))
        is_cut_anew = (
            said.get("encoding", "") != self.run.wanted.get("encoding", "")
            or delimiter != self.run.wanted.get("delimiter", "")
            or (headings is not None and headings != self.run.has_headings)
        )
        has_columns = bool(self.column_fields) and not is_cut_anew
        return services.Wishes(
            chosen=self._chosen(said) if has_columns else None,
            country=said["country"],
            encoding=said.get("encoding", ""),
            delimiter=delimiter,
            has_headings=headings,
        )


def _found(name: str) -> str:
    return _("As found out: %(name)s") % {"name": name} if name else _("Find out")


def _escaped(text: str) -> str:
    """Hints are drawn as they are, and this one came out of a file."""
    from django.utils.html import escape

    return str(escape(text))


class CarryOutForm(forms.Form):
    duplicates = forms.ChoiceField(
        label=gettext_lazy("Rows whose contact is there already"),
        choices=Duplicates.choices,
        initial=Duplicates.SKIP,
        widget=forms.RadioSelect,
    )
    near_duplicates = forms.ChoiceField(
        label=gettext_lazy("Rows that may be contacts that you have already"),
        choices=NearDuplicates.choices,
        initial=NearDuplicates.ADD,
        required=False,
        widget=forms.RadioSelect,
    )

    def clean_near_duplicates(self) -> str:
        return self.cleaned_data["near_duplicates"] or NearDuplicates.ADD
