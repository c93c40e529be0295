"""The booking wizard's pages: a walker over the steps of `shipments.wizard`."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from security.marks import requires
from security.permissions import Permission
from security.refusals import NotFound
from shipments import access, item_numbers, pricing, readiness, selectors, services, slots, wizard
from shipments.forms import ReviewForm, StartForm, StepForm
from shipments.models import Shipment
from shipments.summaries import summary
from shipments.views import walking
from shipments.views.walking import Place
from shipments.walk import address_of


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
    before = wizard.before(shipment, key)
    back = address_of(shipment, before) if before else ""
    answer = walking.ask(request, current, shipment, places=_places(shipment), before=back)
    return answer if isinstance(answer, HttpResponse) else _save(request, answer, current, shipment)


def _places(shipment: Shipment) -> list[Place]:
    """Return the steps of a draft, and the review behind them."""
    walk = [Place(one.key, one.title, address_of(shipment, one.key)) for one in wizard.steps(shipment)]
    return [*walk, Place("", _("Review"), reverse("shipments:review", args=[shipment.pk]))]


def _save(request: HttpRequest, form: StepForm, current: wizard.Step, shipment: Shipment) -> HttpResponse:
    now = timezone.now()
    try:
        saved = services.save_step(shipment_id=shipment.pk, step=current.key, values=form.values(), now=now)
    except services.WrongStatus:  # booked meanwhile, in another window
        return redirect("shipments:shipment", shipment.pk)
    walking.keep_contact(request, form, now=now)
    following = wizard.after(saved, current.key)
    if following == wizard.REVIEW:
        return redirect("shipments:review", saved.pk)
    return redirect("shipments:step", saved.pk, following)


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
        "walk": _places(shipment),
        "before_address": address_of(shipment, wizard.before(shipment, wizard.REVIEW)),
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
