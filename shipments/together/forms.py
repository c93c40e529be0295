"""What is asked of a batch beside the steps of the wizard: who is in it, and by which service the items go."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from security.texts import clean_text
from shipments.catalogue import LOCAL
from shipments.models import Batch
from shipments.together.checking import Choice, Outlook
from shipments.together.patterns import SERVICE_LOCAL

REFERENCE = "reference_"  # before a contact's id
MOST_LETTERS = 40  # of a reference: it is printed on the label


def said_of_recipients(batch: Batch, data: QueryDict) -> tuple[list[str], dict[str, str]]:
    """Return who is left out and which references are one recipient's own; what is not of the batch is passed over.

    A reference is cut where a label has no room for more; the field lets nobody type that much.
    """
    ticked = set(data.getlist("recipient"))
    own = {pk: clean_text(data.get(f"{REFERENCE}{pk}", ""))[:MOST_LETTERS] for pk in batch.chosen}
    return [pk for pk in batch.chosen if pk not in ticked], {pk: text for pk, text in own.items() if text}


class ServicesForm(forms.Form):
    """One service for what goes abroad and one for what stays, as far as there is either; each may be the cheapest."""

    service = forms.ChoiceField(label=_("Service"), widget=forms.RadioSelect, required=False)
    service_local = forms.ChoiceField(label=_("Service within Hong Kong"), widget=forms.RadioSelect, required=False)

    def __init__(self, data: Any = None, *, batch: Batch, outlook: Outlook) -> None:
        super().__init__(data, initial={name: batch.pattern.get(name, "") for name in ("service", SERVICE_LOCAL)})
        drafts = [one.draft for one in outlook.included if one.draft and one.fits]
        for name, is_local in (("service", False), (SERVICE_LOCAL, True)):
            count = sum((draft.destination == LOCAL) == is_local for draft in drafts)
            found = outlook.choices(local=is_local) if count else []
            if not found:
                del self.fields[name]
                continue
            words = [(choice.service, _words(choice, count)) for choice in found]
            self.fields[name].choices = [("", gettext("The cheapest for each recipient")), *words]  # type: ignore[attr-defined]
        if SERVICE_LOCAL in self.fields and "service" in self.fields:
            self.fields["service"].label = gettext("Service to other countries and territories")


def _words(choice: Choice, count: int) -> str:
    said = {"name": choice.name, "postage": choice.postage_hkd, "count": choice.items, "all": count}
    if choice.items == count:
        text = ngettext(
            "%(name)s: HK$%(postage)s for %(count)d item", "%(name)s: HK$%(postage)s for %(count)d items", choice.items
        )
        return text % said
    return gettext("%(name)s: HK$%(postage)s for %(count)d of %(all)d items") % said
