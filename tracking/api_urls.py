"""The API of tracking, below /api/v1/."""

from django.urls import path

from tracking import api

urlpatterns = [
    path("tracking/search/", api.Search.as_view(), name="tracking-search"),
    path("tracking/events/", api.Events.as_view(), name="tracking-events"),
    path("tracking/<str:item_number>/", api.Item.as_view(), name="tracking-item"),
]
