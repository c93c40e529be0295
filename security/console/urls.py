"""The console's own pages."""

from django.urls import path

from security.console.views import dashboard

app_name = "console"
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("you/", dashboard.you, name="you"),
]
