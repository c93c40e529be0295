"""Pages about the active account: members, invitations, keys, the access log."""

from django.urls import URLPattern

app_name = "accounts"
urlpatterns: list[URLPattern] = []
