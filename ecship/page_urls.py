"""The pages of all apps, under a language prefix."""

from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from ecship import views

APPS = [app for app in ("addressbook", "shipments", "labels", "tracking") if find_spec(f"{app}.urls")]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("privacy/", views.privacy, name="privacy"),
    path("privacy/how-long/", views.retention, name="retention"),
    path("terms/", views.terms, name="terms"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("contact/", views.contact, name="contact"),
    *([] if settings.PRODUCTION else [path("gallery/", views.gallery, name="gallery")]),  # for whoever builds pages
    *(path("", include(f"{app}.urls")) for app in APPS),
]
