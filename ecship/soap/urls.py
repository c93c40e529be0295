"""The addresses of the SOAP services; the trial address is the same services under another name."""

from django.urls import path

from ecship.soap.views import Service

urlpatterns = [
    path("API/services/<slug:service>", Service.as_view(), name="soap"),
    path("API-trial/services/<slug:service>", Service.as_view(), name="soap-trial"),
]
