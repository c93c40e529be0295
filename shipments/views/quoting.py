"""What the post would take: the public quote page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from security.marks import public
from shipments import pricing
from shipments.forms import QuoteForm, error_links


@public
@require_GET
def quote(request: HttpRequest) -> HttpResponse:
    """Prices of every service. Nothing personal is asked, so the question may stand in the address."""
    asked = "destination" in request.GET
    form = QuoteForm(request.GET if asked else None)
    offers = None
    if asked and form.is_valid():
        destination, zone = pricing.split_choice(form.cleaned_data["destination"])
        offers = pricing.offers(
            destination=destination,
            zone=zone,
            weight_g=form.cleaned_data["weight_g"],
            contents=form.cleaned_data["contents"],
            format=form.cleaned_data["format"],
            on=pricing.today(),
        )
    return render(
        request, "shipments/quote.html", {"form": form, "errors": error_links(form) if asked else [], "offers": offers}
    )
