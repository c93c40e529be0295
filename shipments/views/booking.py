"""The booking wizard's pages: a walker over the steps of `shipments.wizard`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import kept_forms
from addressbook import access as addressbook_access
from addressbook import countries
from addressbook.models import Contact
from security import scope
from security.marks import requires
from security.permissions import Permission
from security.refusals import Forbidden, NotFound
from shipments import access, contacts, item_numbers, pricing, readiness, selectors, services, slots, wizard
from shipments.forms import FIND, USE, PartyForm, ReviewForm, ServiceForm, StartForm, StepForm, as_typed
from shipments.models import Shipment
from shipments.parties import party_of
from shipments.summaries import summary

MOST_WORDS = 100  # letters of a search


@requires(Permission.SHIPMENT_CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Start a draft; a GET only shows the button, because a GET changes nothing."""
    if request.method == "POST":
        access.check_right(Permission.SHIPMENT_CHANGE)
        draft = services.start_draft(
            now=timezone.now(), submission_key=StartForm(request.POST).key(), values=selectors.last_sender()
        )
        return redirect("shipments:step", draft.pk, wizard.resume(draft))
    return render(request, "shipments/new.html", {"start": StartForm(initial={"submission_key": uuid4()})})


@requires(Permission.SHIPMENT_CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, shipment_id: UUID, key: str) -> HttpResponse:
    shipment = access.get_shipment(shipment_id, to=Permission.SHIPMENT_CHANGE)
    if not shipment.is_draft:
        return redirect("shipments:shipment", shipment.pk)
    current = wizard.find(shipment, key)
    if current is None:
        raise NotFound
    data = kept_forms.typed(request)
    form = current.form(data, shipment=shipment)
    if data is not None:
        action = data.get("action", "") or (FIND if _asks_the_book(form, data) else "")
        redrawn = _filled_in(form, data.get("contact", "")) if action == USE else form.redrawn(action)
        if request.method == "POST" and redrawn is None and form.is_valid():
            return _save(request, form, current, shipment)
        form = redrawn or form
    words = data.get("book_search", "") if data is not None and action != USE else ""
    return render(request, form.template_of_step, _step_context(form, current, shipment, words=words[:MOST_WORDS]))


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


def _save(request: HttpRequest, form: StepForm, current: wizard.Step, shipment: Shipment) -> HttpResponse:
    now = timezone.now()
    try:
        saved = services.save_step(shipment_id=shipment.pk, step=current.key, values=form.values(), now=now)
    except services.WrongStatus:  # booked meanwhile, in another window
        return redirect("shipments:shipment", shipment.pk)
    if isinstance(form, PartyForm) and form.cleaned_data.get("save_to_book"):
        _keep_contact(request, form, now=now)
    following = wizard.after(saved, current.key)
    if following == wizard.REVIEW:
        return redirect("shipments:review", saved.pk)
    return redirect("shipments:step", saved.pk, following)


def _keep_contact(request: HttpRequest, form: PartyForm, *, now: datetime) -> None:
    """Add the party to the book; where one may not, say so: the step itself is saved all the same."""
    try:
        contacts.save_party(party=form.party, can_send=form.is_sender, now=now)
    except Forbidden:
        messages.warning(request, _("You may not add contacts to the address book. The address stands in this draft."))


def _step_context(form: StepForm, current: wizard.Step, shipment: Shipment, *, words: str = "") -> dict[str, Any]:
    context: dict[str, Any] = {
        "form": form,
        "errors": form.error_links(),
        "current": current,
        "language_form": "step",
        "shipment": shipment,
        "steps": wizard.steps(shipment),
        "before": wizard.before(shipment, current.key),
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
    beside = [contact.company, contact.city or contact.district, countries.name(contact.country)]
    return {
        "pk": contact.pk,
        "name": contact.display_name,
        "beside": ", ".join(word for word in beside if word and word != contact.display_name),
        "used_at": contact.used_at,
        "is_favourite": contact.is_favourite,
    }


@requires(Permission.SHIPMENT_CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    """Show everything once more, and book."""
    right = Permission.SHIPMENT_BOOK if request.method == "POST" else Permission.SHIPMENT_CHANGE
    shipment = access.get_shipment(shipment_id, to=right)
    if request.method == "POST" and (response := _book(request, shipment)):
        return response
    if not shipment.is_draft:
        return redirect("shipments:done", shipment.pk)
    offers = pricing.offers_for(shipment, on=pricing.today())
    offer = offers.of(shipment.service)
    context = {
        **summary(shipment, offer),
        "offer": offer,
        "problems": readiness.problems_of(shipment, offers, on=pricing.today()),
        "form": ReviewForm(initial={"postage_hkd": offer.postage_hkd if offer else ""}),
        "steps": wizard.steps(shipment),
        "before": wizard.before(shipment, wizard.REVIEW),
        "warnings": slots.draw("warnings", request, shipment),
    }
    return render(request, "shipments/review.html", context)


def _book(request: HttpRequest, shipment: Shipment) -> HttpResponse | None:
    """Book and go on, or return None with a message: the review then says what is missing."""
    form = ReviewForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Nothing was booked. Check the postage below, then book."))
        return None
    seen = form.cleaned_data["postage_hkd"]
    try:
        services.book_shipment(shipment_id=shipment.pk, now=timezone.now(), expected_postage_hkd=seen)
    except services.NotReady:
        return None
    except services.PriceChanged:
        messages.warning(request, _("The postage has changed. Check the new price before you book."))
        return None
    except item_numbers.RangeExhausted:
        messages.error(request, _("No item numbers are left for this service. We have been told. Try another service."))
        return None
    except services.WrongStatus:
        return redirect("shipments:shipment", shipment.pk)
    return redirect("shipments:done", shipment.pk)


@requires(Permission.SHIPMENT_VIEW)
@require_GET
def done(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    shipment = access.get_shipment(shipment_id, to=Permission.SHIPMENT_VIEW)
    if shipment.is_draft:
        return redirect("shipments:review", shipment.pk)
    documents = slots.draw("documents", request, shipment)
    return render(request, "shipments/done.html", {**summary(shipment), "documents": documents})
