"""What the post would take: the public quote page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from security import limits
from security.marks import public
from shipments import pricing
from shipments.forms import QuoteForm, error_links

QUESTIONS = limits.Limit(name="quotes", items=60, seconds=60)


@public
@require_GET
def quote(request: HttpRequest) -> HttpResponse:
    """Prices of every service. Nothing personal is asked, so the question may stand in the address."""
    asked = "destination" in request.GET
    if asked:
        verdict = limits.take(request, now=timezone.now(), limit=QUESTIONS)
        if not verdict.allowed:
            refused = render(request, "429.html", {"wait": limits.wait_words(verdict.retry_in)}, status=429)
            for name, value in verdict.headers.items():
                refused.headers[name] = value
            return refused
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
