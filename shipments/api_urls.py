"""The REST addresses of quotes and shipments."""

from django.urls import path

from shipments import api

urlpatterns = [
    path("quotes/", api.Quotes.as_view(), name="api-quotes"),
    path("destinations/", api.Destinations.as_view(), name="api-destinations"),
    path("services/", api.Services.as_view(), name="api-services"),
    path("shipments/", api.Shipments.as_view(), name="api-shipments"),
    path("shipments/search/", api.Search.as_view(), name="api-shipments-search"),
    path("shipments/<str:shipment_id>/", api.OneShipment.as_view(), name="api-shipment"),
    path("shipments/<str:shipment_id>/book/", api.Book.as_view(), name="api-shipment-book"),
    path("shipments/<str:shipment_id>/cancel/", api.Cancel.as_view(), name="api-shipment-cancel"),
]
