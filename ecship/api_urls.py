"""The REST API of all apps, under /api/v1/."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = []
for _app in ("accounts", "addressbook", "shipments", "labels", "tracking"):
    if find_spec(f"{_app}.api_urls"):
        urlpatterns.append(path("", include(f"{_app}.api_urls")))
