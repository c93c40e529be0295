"""The REST API of all apps, under /api/v1/."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from ecship.api import pages

APPS = [app for app in ("accounts", "addressbook", "shipments", "labels", "tracking") if find_spec(f"{app}.api_urls")]
urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", pages.schema_file, name="api-schema"),
    path("docs/", pages.docs, name="api-docs"),
    *(path("", include(f"{app}.api_urls")) for app in APPS),
]
