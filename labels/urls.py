"""Documents of a shipment stand below its own address."""

from django.urls import path

from labels import views

app_name = "labels"
urlpatterns = [
    path("shipments/together/<uuid:batch_id>/labels/", views.labels, name="labels"),
    path("shipments/<uuid:shipment_id>/label/", views.label, name="label"),
    path("shipments/<uuid:shipment_id>/customs-form/", views.customs, name="customs"),
    path("shipments/<uuid:shipment_id>/receipt/", views.receipt, name="receipt"),
]
