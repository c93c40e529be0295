"""The REST API of all apps, under /api/v1/."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

APPS = [app for app in ("accounts", "addressbook", "shipments", "labels", "tracking") if find_spec(f"{app}.api_urls")]
urlpatterns: list[URLPattern | URLResolver] = [path("", include(f"{app}.api_urls")) for app in APPS]
