"""One step of the wizard as a page, whatever its draft belongs to: asked, filled in from the book, redrawn, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts import kept_forms
from addressbook import access as addressbook_access
from addressbook import countries, room
from addressbook.models import Contact
from security import scope
from security.permissions import Permission
from security.refusals import Forbidden
from shipments import contacts, pricing, readiness, selectors, wizard
from shipments.forms import FIND, USE, PartyForm, ServiceForm, StepForm, as_typed
from shipments.models import Shipment
from shipments.parties import party_of
from shipments.walk import address_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOST_WORDS = 100  # letters of a search


@dataclass(frozen=True)
class Place:
    """One step in the list beside a page, and where it stands."""

    key: str
    title: _StrPromise | str
    address: str


def ask(
    request: HttpRequest, current: wizard.Step, shipment: Shipment, *, places: Sequence[Place], before: str
) -> StepForm | HttpResponse:
    """Return the form of a step where it was sent and is good, else the page that asks it. `before`: where back is."""
    data = kept_forms.typed(request)
    form = current.form(data, shipment=shipment)
    action = ""
    if data is not None:
        action = data.get("action", "") or (FIND if _asks_the_book(form, data) else "")
        redrawn = _filled_in(form, data.get("contact", "")) if action == USE else form.redrawn(action)
        if request.method == "POST" and redrawn is None and form.is_valid():
            return form
        form = redrawn or form
    words = data.get("book_search", "") if data is not None and action != USE else ""
    context = _context(form, current, shipment, words=words[:MOST_WORDS])
    context.update(walk=places, before_address=before, here=address_of(shipment, current.key))
    return render(request, form.template_of_step, context)


def _asks_the_book(form: StepForm, data: QueryDict) -> bool:
    """Tell whether Enter was pressed in the search of saved addresses: its words are not those searched last."""
    return isinstance(form, PartyForm) and bool(data.get("book_search")) and data["book_search"] != data.get("searched")


def _filled_in(form: StepForm, contact_id: str) -> StepForm | None:
    """Return a party's form with a saved contact's fields. Raises NotFound for a contact that one may not see."""
    if not isinstance(form, PartyForm) or not contact_id:
        return None
    contact = addressbook_access.get_contact(contact_id, to=Permission.CONTACT_VIEW)
    filled = type(form)(shipment=form.shipment, initial={**as_typed(party_of(contact)), "filled_from": contact.pk})
    filled.pasting = form.pasting
    return filled


def keep_contact(request: HttpRequest, form: StepForm, *, now: datetime) -> None:
    """Add a party to the book where that was wished; where one may not, say so: the step is saved all the same."""
    if not isinstance(form, PartyForm) or not form.cleaned_data.get("save_to_book"):
        return
    try:
        contacts.save_party(party=form.party, can_send=form.is_sender, now=now)
    except Forbidden:
        messages.warning(request, _("You may not add contacts to the address book. The address stands in this draft."))
    except room.BookFull:
        messages.warning(request, _("The address book is full. The address stands in this draft."))


def _context(form: StepForm, current: wizard.Step, shipment: Shipment, *, words: str = "") -> dict[str, Any]:
    context: dict[str, Any] = {
        "form": form,
        "errors": form.error_links(),
        "current": current,
        "language_form": "step",
        "shipment": shipment,
    }
    context["from_earlier"] = current.key == "sender" and not shipment.step and bool(shipment.sender)
    context["standstill"] = pricing.standstill(shipment, on=pricing.today())
    if isinstance(form, ServiceForm) and not form.offers.results:
        found = readiness.problems_of(shipment, form.offers, on=pricing.today())
        context["missing"] = [problem for problem in found if problem.step in {"recipient", "contents"}]
    if isinstance(form, PartyForm):
        may_see = scope.current().may(Permission.CONTACT_VIEW)
        saved = selectors.saved_contacts(senders=form.is_sender, query=words.strip()) if may_see else None
        context.update(saved=saved, words=words, saved_rows=[_saved_row(row) for row in saved.rows] if saved else [])
        context["may_save"] = scope.current().may(Permission.CONTACT_CHANGE)
    return context


def _saved_row(contact: Contact) -> dict[str, Any]:
    """A contact to choose, with what tells it from its namesakes."""
    beside = [contact.company, contact.city or contact.district_name, countries.name(contact.country)]
    return {
        "pk": contact.pk,
        "name": contact.display_name,
        "beside": ", ".join(word for word in beside if word and word != contact.display_name),
        "used_at": contact.used_at,
        "is_favourite": contact.is_favourite,
    }
