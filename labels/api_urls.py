"""The REST addresses of a shipment's documents."""

from django.urls import path

from labels import api

urlpatterns = [
    path("shipments/<str:shipment_id>/label/", api.Label.as_view(), name="api-shipment-label"),
    path("shipments/<str:shipment_id>/customs/", api.CustomsForm.as_view(), name="api-shipment-customs"),
    path("shipments/<str:shipment_id>/receipt/", api.Receipt.as_view(), name="api-shipment-receipt"),
]
