"""Pages of shipping to many: who, what they get, what it costs, the drafts; and what was put together before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import kept_forms
from addressbook import access as books
from addressbook import selectors as contacts
from addressbook.exports.forms import selection_in
from security.marks import requires
from security.pages import BadCursor
from security.permissions import Permission
from security.refusals import NotFound
from shipments import access, pricing, selectors, slots
from shipments import services as shipments
from shipments.forms import ErrorLink, ReviewForm
from shipments.models import Batch
from shipments.pricing import service_name
from shipments.together import checking, made, services, steps
from shipments.together.forms import REFERENCE, ServicesForm, said_of_recipients
from shipments.together.patterns import pattern_of
from shipments.views import walking
from shipments.views.listing import row_of
from shipments.views.walking import Place

LISTED = 10  # earlier items that lend what they say

form_page = require_http_methods(["GET", "HEAD", "POST"])


@requires(Permission.SHIPMENT_CHANGE)
@form_page
def ship_to(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Begin to ship to the selected contacts of a book. Whoever signed in again meanwhile comes back by a GET."""
    access.check_right(Permission.SHIPMENT_CHANGE)
    book = books.get_book(book_id, to=Permission.CONTACT_VIEW)
    if request.method != "POST":
        return redirect("addressbook:contacts", book.pk)
    selection = selection_in(request.POST, book)
    ids = list(selection.ids)
    if selection.filters is not None:
        ids = contacts.ids_of(book, selection.filters, most=services.MOST + 1)
    found = books.see_contacts(book, ids) if len(ids) <= services.MOST else []
    if not found:
        messages.error(request, _too_many() if ids else _("Select at least one contact."))
        return redirect("addressbook:contacts", book.pk)
    return redirect("shipments:batch-recipients", services.begin(contacts=found, now=timezone.now()).pk)


def _too_many() -> str:
    text = _("One can ship to at most %(most)d recipients at once. Narrow the list, or tick fewer.")
    return text % {"most": services.MOST}


@requires(Permission.SHIPMENT_VIEW)
@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    """List what was put together, the newest first."""
    try:
        page = selectors.list_batches(cursor=request.GET.get("cursor", ""))
    except BadCursor:
        return redirect("shipments:batches")
    return render(request, "shipments/together/batches.html", {"page": page})


@requires(Permission.SHIPMENT_CHANGE)
@form_page
def recipients(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Say who gets an item, and which reference is printed for whom."""
    batch = access.get_batch(batch_id, to=Permission.SHIPMENT_CHANGE, lock=request.method == "POST")
    if not batch.is_open:
        return redirect("shipments:batch", batch.pk)
    data = kept_forms.typed(request)
    if data is not None:
        batch.left_out, batch.references = said_of_recipients(batch, data)
    outlook = checking.look(batch, on=pricing.today())
    is_empty = data is not None and not outlook.included
    if request.method == "POST" and not is_empty and data is not None and data.get("action") != "redraw":
        services.note_places(batch, [one.contact for one in outlook.recipients])
        services.keep(batch=batch, step=steps.RECIPIENTS, now=timezone.now(), values=_lent(data.get("shipment", "")))
        return redirect(steps.address(batch, steps.after(batch, steps.RECIPIENTS)))
    errors = [ErrorLink("recipient-1", _("Tick at least one recipient."))] if is_empty else []
    context = {
        "outlook": outlook,
        "is_empty": is_empty,
        "errors": errors,
        "reference": REFERENCE,
        "language_form": "step",
        "earlier": _earlier(data.get("shipment", "") if data is not None else ""),
    }
    return _page(request, batch, "recipients", context)


def _lent(shipment_id: str) -> dict[str, Any]:
    """Return what an earlier item lends, where one was chosen. Raises NotFound."""
    return services.lent_by(access.get_shipment(shipment_id, to=Permission.SHIPMENT_VIEW)) if shipment_id else {}


def _earlier(chosen: str) -> list[dict[str, Any]]:
    return [{**row_of(one), "is_chosen": str(one.pk) == chosen} for one in selectors.lending(most=LISTED)]


@requires(Permission.SHIPMENT_CHANGE)
@form_page
def step(request: HttpRequest, batch_id: UUID, key: str) -> HttpResponse:
    """Ask what all items have in common, by the steps of the wizard."""
    batch = access.get_batch(batch_id, to=Permission.SHIPMENT_CHANGE, lock=request.method == "POST")
    if not batch.is_open:
        return redirect("shipments:batch", batch.pk)
    current = steps.find(batch, key)
    if current is None:
        raise NotFound
    back = steps.address(batch, steps.before(batch, key))
    answer = walking.ask(request, current, pattern_of(batch), places=_places(batch), before=back)
    if isinstance(answer, HttpResponse):
        return answer
    now = timezone.now()
    services.keep(batch=batch, step=key, now=now, values=answer.values())
    walking.keep_contact(request, answer, now=now)
    return redirect(steps.address(batch, steps.after(batch, key)))


@requires(Permission.SHIPMENT_CHANGE)
@form_page
def service(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Ask by which service the items go; each with what it costs for all whom it reaches."""
    batch = access.get_batch(batch_id, to=Permission.SHIPMENT_CHANGE, lock=request.method == "POST")
    if not batch.is_open:
        return redirect("shipments:batch", batch.pk)
    data = kept_forms.typed(request)
    form = ServicesForm(data, batch=batch, outlook=checking.look(batch, on=pricing.today()))
    if request.method == "POST" and data is not None and data.get("action") != "redraw" and form.is_valid():
        services.keep(batch=batch, step=steps.SERVICE, now=timezone.now(), values=form.cleaned_data)
        return redirect("shipments:batch", batch.pk)
    return _page(request, batch, steps.SERVICE, {"form": form, "language_form": "step"})


@requires(Permission.SHIPMENT_VIEW)
@require_GET
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show what a batch comes to before anything is made; afterwards its shipments, and what to do with them."""
    found = access.get_batch(batch_id, to=Permission.SHIPMENT_VIEW)
    if not found.is_open:
        return _made(request, found)
    access.check_right(Permission.SHIPMENT_CHANGE)
    outlook = checking.look(found, on=pricing.today())
    context = {
        "outlook": outlook,
        "rows": [_row(one, is_alone=bool(outlook.ready)) for one in outlook.included],
        "links": [(problem, steps.address(found, problem.step)) for problem in outlook.common_problems],
    }
    return _page(request, found, steps.REVIEW, context)


def _row(recipient: checking.Recipient, *, is_alone: bool) -> dict[str, Any]:
    """One recipient. What is wrong with the sender or the item is said beside each where it keeps back some alone."""
    offer = recipient.offer
    return {
        "recipient": recipient,
        "problems": recipient.problems if is_alone else recipient.own_problems,
        "destination": pricing.destination_name(recipient.contact.country),
        "service": service_name(offer.service) if offer else "",
        "postage": offer.postage_hkd if offer and recipient.is_ready else None,
    }


@requires(Permission.SHIPMENT_CHANGE)
@require_POST
def make(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Make the drafts; a second click finds them made."""
    found = access.get_batch(batch_id, to=Permission.SHIPMENT_CHANGE, lock=True)
    try:
        drafts = services.make_drafts(batch=found, now=timezone.now())
    except services.WrongState:
        pass
    except services.NobodyReady:
        messages.error(request, _("No draft was made: nobody can be sent an item as it is."))
    else:
        text = ngettext("%(count)d draft has been made.", "%(count)d drafts have been made.", len(drafts))
        messages.success(request, text % {"count": len(drafts)})
    return redirect("shipments:batch", found.pk)


@requires(Permission.SHIPMENT_BOOK)
@require_POST
def book(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Have the drafts booked at the postage that the reader saw, or let it go on where it stopped."""
    found = access.get_batch(batch_id, to=Permission.SHIPMENT_BOOK, lock=True)
    form, now = ReviewForm(request.POST), timezone.now()
    try:
        if found.is_stopped:
            services.go_on(batch=found, now=now)
        elif form.is_valid():
            services.book(batch=found, expected_hkd=form.cleaned_data["postage_hkd"], now=now)
        else:
            messages.warning(request, _("Nothing was booked. Check the postage below, then book."))
    except shipments.PriceChanged:
        messages.warning(request, _("The postage has changed. Check the new price before you book."))
    except services.WrongState:
        messages.error(request, _("There is nothing to book here."))
    return redirect("shipments:batch", found.pk)


@requires(Permission.SHIPMENT_CHANGE)
@form_page
def delete(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Give a batch up, or delete those of its drafts that were not booked."""
    found = access.get_batch(batch_id, to=Permission.SHIPMENT_CHANGE, lock=request.method == "POST")
    if request.method == "POST":
        try:
            count = services.delete(batch=found)
        except services.WrongState:
            messages.error(request, _("The items are being booked. Wait until that is over."))
            return redirect("shipments:batch", found.pk)
        text = ngettext("%(count)d draft has been deleted.", "%(count)d drafts have been deleted.", count)
        messages.success(request, text % {"count": count} if count else _("It is given up. Nothing was made."))
        return redirect("shipments:batches")
    context = {"batch": found, "drafts": found.shipments.filter(status="draft").count()}
    return render(request, "shipments/together/delete.html", context)


def _made(request: HttpRequest, found: Batch) -> HttpResponse:
    figures = made.figures(found, on=pricing.today())
    if found.is_working and not found.is_stopped:  # the page asks again each second: nobody is listed meanwhile
        return render(request, "shipments/together/booking.html", {"batch": found, **figures})
    try:
        page = selectors.list_shipments(filters={"batch": found}, cursor=request.GET.get("cursor", ""), page_size=100)
    except BadCursor:
        return redirect("shipments:batch", found.pk)
    context = {
        "batch": found,
        "page": page,
        "rows": [row_of(one) for one in page.rows],
        "failures": [(row_of(one), words) for one, words in made.failures_of(found)],
        "form": ReviewForm(initial={"postage_hkd": figures["estimate_hkd"]}),
        "parts": slots.draw_batch(request, found) if figures["booked"] else [],
    }
    return render(request, "shipments/together/made.html", {**context, **figures})


def _places(found: Batch) -> list[Place]:
    return [Place(key, title, steps.address(found, key or steps.REVIEW)) for key, title in steps.titles(found)]


def _page(request: HttpRequest, found: Batch, key: str, context: dict[str, Any]) -> HttpResponse:
    before = steps.before(found, key)
    walk = {
        "batch": found,
        "walk": _places(found),
        "current": {"key": "" if key == steps.REVIEW else key},
        "before_address": steps.address(found, before) if before else "",
    }
    return render(request, f"shipments/together/{key}.html", {**walk, **context})
