"""The pages of all apps, under a language prefix."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from ecship import views

urlpatterns: list[URLPattern | URLResolver] = [path("", views.home, name="home")]
for _app in ("addressbook", "shipments", "labels", "tracking"):
    if find_spec(f"{_app}.urls"):
        urlpatterns.append(path("", include(f"{_app}.urls")))
