"""Addresses of shipments: opaque references only, and every step of booking its own."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from shipments import wizard
from shipments.views import booking, listing, quoting, together


class StepConverter(StringConverter):
    """The key of a wizard step; anything else below a shipment is another app's address."""

    regex = "|".join(step.key for step in wizard.STEPS)


register_converter(StepConverter, "step")

app_name = "shipments"
urlpatterns = [
    path("quote/", quoting.quote, name="quote"),
    path("shipments/", listing.listing, name="list"),
    path("shipments/search/", listing.search, name="search"),
    path("shipments/new/", booking.new, name="new"),
    path("address-books/<uuid:book_id>/selected/ship/", together.ship_to, name="ship-to"),
    path("shipments/together/", together.batches, name="batches"),
    path("shipments/together/<uuid:batch_id>/", together.batch, name="batch"),
    path("shipments/together/<uuid:batch_id>/recipients/", together.recipients, name="batch-recipients"),
    path("shipments/together/<uuid:batch_id>/by/", together.service, name="batch-service"),
    path("shipments/together/<uuid:batch_id>/make/", together.make, name="batch-make"),
    path("shipments/together/<uuid:batch_id>/book/", together.book, name="batch-book"),
    path("shipments/together/<uuid:batch_id>/delete/", together.delete, name="batch-delete"),
    path("shipments/together/<uuid:batch_id>/<step:key>/", together.step, name="batch-step"),
    path("shipments/<uuid:shipment_id>/", listing.shipment, name="shipment"),
    path("shipments/<uuid:shipment_id>/review/", booking.review, name="review"),
    path("shipments/<uuid:shipment_id>/done/", booking.done, name="done"),
    path("shipments/<uuid:shipment_id>/cancel/", listing.cancel, name="cancel"),
    path("shipments/<uuid:shipment_id>/delete/", listing.delete, name="delete"),
    path("shipments/<uuid:shipment_id>/again/", listing.again, name="again"),
    path("shipments/<uuid:shipment_id>/<step:key>/", booking.step, name="step"),
]
