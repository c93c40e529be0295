"""Quotes and shipments for machines, on the same services as the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from addressbook import room
from addressbook.details import InvalidContact
from security import etags
from security.limits import QUOTES, Limit
from security.marks import public, requires
from security.pages import BadCursor, address_of
from security.permissions import Permission
from security.problems import Conflict, InvalidBody
from security.refusals import Forbidden
from security.shapes import asks, checked, require_nothing
from shipments import access, contacts, pricing, searching, selectors, services
from shipments import asked as asked_for
from shipments.api_shapes import (
    AnsweredQuotes,
    AskedFilters,
    AskedPage,
    AskedQuote,
    AskedSearch,
    AskedShipment,
    FoundShipments,
    ListedDestinations,
    ListedServices,
    ListedShipments,
    MadeShipment,
    ShownShipment,
    as_json,
    offers_as_json,
)
from shipments.models import Shipment
from shipments.parties import party_of


class Quotes(APIView):
    api_limits: ClassVar[tuple[Limit, ...]] = (QUOTES,)

    @extend_schema(operation_id="quotes", request=AskedQuote, responses=AnsweredQuotes)
    @public
    def post(self, request: Request) -> Response:
        """What every service would cost, the cheapest first, and why the others do not take it."""
        values = checked(AskedQuote, request.data)
        asked_for.require_zone(values["zone"], destination=values["destination"])
        offers = pricing.offers(
            destination=values["destination"],
            zone=values["zone"],
            weight_g=values["weight_kg"],
            contents=values["contents"],
            format=values["format"],
            on=pricing.today(),
            only=values.get("services"),
        )
        return Response(offers_as_json(offers))


class Destinations(APIView):
    @extend_schema(operation_id="destinations", responses=ListedDestinations)
    @public
    def get(self, request: Request) -> Response:
        """Every destination there is a price for, with its parts."""
        return Response({"results": pricing.destinations_as_json()})


class Services(APIView):
    @extend_schema(operation_id="services", responses=ListedServices)
    @public
    def get(self, request: Request) -> Response:
        """Every service, and the suspensions that hold today or are announced."""
        return Response({"results": pricing.services_as_json()})


class Shipments(APIView):
    @extend_schema(operation_id="shipments_list", responses=ListedShipments)
    @asks(AskedFilters)
    @requires(Permission.SHIPMENT_VIEW)
    def get(self, request: Request) -> Response:
        """List the shipments of the account, newest first."""
        values = checked(AskedFilters, request.query_params)
        try:
            page = selectors.list_shipments(filters=values, cursor=values["cursor"], page_size=values["page_size"])
        except BadCursor:
            raise InvalidBody([("/cursor", "invalid", _("Start again from the first page."))]) from None
        return Response(
            {
                "results": [as_json(row) for row in page.rows],
                "next": address_of(request, page.next),
                "previous": address_of(request, page.previous),
            }
        )

    @extend_schema(operation_id="shipments_create", request=AskedShipment, responses={201: MadeShipment})
    @requires(Permission.SHIPMENT_CHANGE)
    def post(self, request: Request) -> Response:
        """Book at once, or keep a draft with `"draft": true`; what cannot be booked is not kept either."""
        access.check_right(Permission.SHIPMENT_CHANGE)
        asked = checked(AskedShipment, request.data)
        is_draft, save_recipient = asked["draft"], asked["save_recipient"]
        if not is_draft:
            access.check_right(Permission.SHIPMENT_BOOK)
        now = timezone.now()
        values = asked_for.draft_values(asked)
        asked_for.require_destination(asked, recipient=values.get("recipient") or {})
        shipment = services.start_draft(now=now, values=values)
        if not is_draft:
            shipment = asked_for.booked(shipment)
        warnings = _keep_recipient(shipment, now=now) if save_recipient and shipment.recipient else []
        response = _answer(request, shipment, status.HTTP_201_CREATED)
        response.data["warnings"] = warnings
        response.headers["Location"] = reverse("api-shipment", args=[shipment.pk])
        return response


class OneShipment(APIView):
    @extend_schema(operation_id="shipments_read", responses=ShownShipment)
    @requires(Permission.SHIPMENT_VIEW)
    def get(self, request: Request, shipment_id: str) -> Response:
        """Return one shipment."""
        return _answer(request, access.get_shipment(shipment_id, to=Permission.SHIPMENT_VIEW))

    @extend_schema(operation_id="shipments_change", request=AskedShipment, responses=ShownShipment)
    @requires(Permission.SHIPMENT_CHANGE)
    def patch(self, request: Request, shipment_id: str) -> Response:
        """Change a draft: what is given is replaced, what is not given stays."""
        shipment = access.get_shipment(shipment_id, to=Permission.SHIPMENT_CHANGE, lock=True)
        etags.require(request, version=etags.version_of(shipment.updated_at))
        asked = checked(AskedShipment, request.data, partial=True)
        _require_no_act(asked)
        values = asked_for.draft_values(asked)
        recipient = values.get("recipient", shipment.recipient)
        asked_for.require_destination(asked, recipient=recipient, kept=shipment.destination)
        try:
            saved = services.save_step(shipment_id=shipment.pk, step="", values=values, now=timezone.now())
        except services.WrongStatus as error:
            raise Conflict(_("Only a draft can be changed.")) from error
        return _answer(request, saved)

    @extend_schema(operation_id="shipments_delete", responses={204: None})
    @requires(Permission.SHIPMENT_CHANGE)
    def delete(self, request: Request, shipment_id: str) -> Response:
        """Delete a draft; what is booked is cancelled instead."""
        shipment = access.get_shipment(shipment_id, to=Permission.SHIPMENT_CHANGE, lock=True)
        etags.require(request, version=etags.version_of(shipment.updated_at))
        try:
            services.delete_draft(shipment_id=shipment.pk)
        except services.WrongStatus as error:
            raise Conflict(_("Only a draft can be deleted.")) from error
        return Response(status=status.HTTP_204_NO_CONTENT)


class Book(APIView):
    @extend_schema(operation_id="shipments_book", request=None, responses=ShownShipment)
    @requires(Permission.SHIPMENT_BOOK)
    def post(self, request: Request, shipment_id: str) -> Response:
        """Book a draft; asked again, the answer is the same item."""
        shipment = access.get_shipment(shipment_id, to=Permission.SHIPMENT_BOOK)
        require_nothing(request.data)
        return _answer(request, asked_for.booked(shipment))


class Cancel(APIView):
    @extend_schema(operation_id="shipments_cancel", request=None, responses=ShownShipment)
    @requires(Permission.SHIPMENT_CANCEL)
    def post(self, request: Request, shipment_id: str) -> Response:
        """Cancel a booked item before it is accepted; its label is void from then on."""
        shipment = access.get_shipment(shipment_id, to=Permission.SHIPMENT_CANCEL)
        require_nothing(request.data)
        try:
            return _answer(request, services.cancel_shipment(shipment_id=shipment.pk, now=timezone.now()))
        except services.WrongStatus as error:
            raise Conflict(_("This shipment can no longer be cancelled.")) from error


class Search(APIView):
    @extend_schema(operation_id="shipments_search", request=AskedSearch, responses=FoundShipments)
    @asks(AskedPage)
    @requires(Permission.SHIPMENT_VIEW)
    def post(self, request: Request) -> Response:
        """Look for names, references and item numbers, the newest first; for the next page send the body to `next`.

        A page looks at 5,000 shipments at most: `searched_until` says how far it came where there are older ones.
        """
        asked, query = checked(AskedSearch, request.data), checked(AskedPage, request.query_params)
        try:
            found = searching.search_shipments(words=asked["q"], cursor=query["cursor"], size=query["page_size"])
        except BadCursor:
            raise InvalidBody([("/cursor", "invalid", _("Start again from the first page."))]) from None
        return Response(
            {
                "results": [as_json(row) for row in found.rows],
                "next": address_of(request, found.next),
                "previous": address_of(request, found.previous),
                "searched_until": found.searched_until,
            }
        )


def _keep_recipient(shipment: Shipment, *, now: datetime) -> list[dict[str, str]]:
    """Add the recipient to the address book; return what speaks against it: the shipment is kept all the same."""
    try:
        saved = contacts.save_party(party=shipment.recipient, can_send=False, now=now)
    except Forbidden:
        detail = _("You may not add contacts to the address book. The shipment keeps the address.")
    except room.BookFull:
        detail = _("The address book is full. The shipment keeps the address.")
    except InvalidContact:
        detail = _("The recipient is not complete, so it was not added to the address book.")
    else:
        return _what_changed(shipment.recipient, party_of(saved))
    return [{"code": "recipient_not_saved", "detail": detail}]


def _what_changed(party: dict[str, Any], saved: dict[str, Any]) -> list[dict[str, str]]:
    """Say which fields the address book keeps otherwise than they were sent, such as a postcode as it is written."""
    changed = [name for name, value in saved.items() if value != party.get(name, value)]
    if not changed:
        return []
    detail = _("The address book has these fields in another spelling than the shipment: %(names)s.")
    return [{"code": "recipient_tidied", "detail": detail % {"names": ", ".join(changed)}}]


def _require_no_act(asked: dict[str, Any]) -> None:
    """Raise InvalidBody for what only POST does: a change neither books nor adds to the address book."""
    errors = []
    if asked.get("draft") is False:
        errors.append(("/draft", "not_by_change", _("To book this draft, POST to its address with book/ at the end.")))
    if asked.get("save_recipient"):
        errors.append(("/save_recipient", "not_by_change", _("To save the recipient, POST it to an address book.")))
    if errors:
        raise InvalidBody(errors)


def _answer(request: Request, shipment: Shipment, code: int = status.HTTP_200_OK) -> Response:
    return etags.answer(request, as_json(shipment), version=etags.version_of(shipment.updated_at), code=code)
