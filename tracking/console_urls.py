"""Tracking in the staff console."""

from django.urls import path

from tracking import views

app_name = "tracking"
urlpatterns = [
    path("events/", views.enter_events, name="staff-events"),
]
