"""The list of shipments, the search, one shipment's page, and the acts on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import kept_forms
from security.marks import requires
from security.pages import BadCursor
from security.permissions import Permission
from shipments import access, searching, selectors, services, slots, wizard
from shipments.forms import SearchForm, StartForm
from shipments.models import Shipment, Status
from shipments.pricing import destination_name, service_name
from shipments.summaries import summary


@requires(Permission.SHIPMENT_VIEW)
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    status = request.GET.get("status", "")
    if status not in Status.values:
        status = ""
    try:
        page = selectors.list_shipments(filters={"status": status}, cursor=request.GET.get("cursor", ""))
    except BadCursor:  # a link that was cut off: the first page
        page = selectors.list_shipments(filters={"status": status})
    context = {
        "page": page,
        "rows": [row_of(shipment) for shipment in page.rows],
        "status": status,
        "statuses": selectors.status_choices(),
        "search": SearchForm(kept_forms.typed_at(request, "shipments:search")),
        "start": StartForm(initial={"submission_key": uuid4()}),
    }
    return render(request, "shipments/list.html", context)


@requires(Permission.SHIPMENT_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Search. The words come in the body; the address alone, as after a change of language, leads to the list."""
    data = kept_forms.typed(request)
    if data is None:
        return redirect("shipments:list")
    form = SearchForm(data)
    found = searching.search_shipments(words=form.cleaned_data["q"]) if form.is_valid() else None
    rows = [row_of(shipment) for shipment in found.rows] if found else []
    return render(request, "shipments/search.html", {"search": form, "found": found, "rows": rows})


def row_of(shipment: Shipment) -> dict[str, Any]:
    return {
        "shipment": shipment,
        "recipient": shipment.recipient.get("name") or shipment.recipient.get("company") or "",
        "destination": destination_name(shipment.destination),
        "service": service_name(shipment.service),
    }


@requires(Permission.SHIPMENT_VIEW)
@require_GET
def shipment(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    found = access.get_shipment(shipment_id, to=Permission.SHIPMENT_VIEW)
    context = {
        **summary(found),
        **slots.context(request, found),
        "resume": wizard.resume(found) if found.is_draft else "",
        "start": StartForm(initial={"submission_key": uuid4()}),
    }
    return render(request, "shipments/shipment.html", context)


@requires(Permission.SHIPMENT_CANCEL)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    found = access.get_shipment(shipment_id, to=Permission.SHIPMENT_CANCEL)
    if request.method == "POST":
        try:
            services.cancel_shipment(shipment_id=found.pk, now=timezone.now())
        except services.WrongStatus:
            messages.error(request, _("This shipment can no longer be cancelled."))
        else:
            messages.success(request, _("The shipment is cancelled. Do not use its label."))
        return redirect("shipments:shipment", found.pk)
    if not found.may_cancel:
        return redirect("shipments:shipment", found.pk)
    return render(request, "shipments/cancel.html", {"shipment": found})


@requires(Permission.SHIPMENT_CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    found = access.get_shipment(shipment_id, to=Permission.SHIPMENT_CHANGE)
    if not found.is_draft:
        return redirect("shipments:shipment", found.pk)
    if request.method == "POST":
        services.delete_draft(shipment_id=found.pk)
        messages.success(request, _("The draft is deleted."))
        return redirect("shipments:list")
    return render(request, "shipments/delete.html", {"shipment": found})


@requires(Permission.SHIPMENT_CHANGE)
@require_POST
def again(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    found = access.get_shipment(shipment_id, to=Permission.SHIPMENT_CHANGE)
    draft = services.ship_again(shipment_id=found.pk, now=timezone.now(), submission_key=StartForm(request.POST).key())
    return redirect("shipments:review", draft.pk)  # all steps are filled: it shows them, each with a way to change it
