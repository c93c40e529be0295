"""The API of tracking, below /api/v1/."""

from django.urls import path

from tracking import api
from tracking.webhooks import api as hooks

urlpatterns = [
    path("tracking/search/", api.Search.as_view(), name="tracking-search"),
    path("tracking/events/", api.Events.as_view(), name="tracking-events"),
    path("tracking/<str:item_number>/", api.Item.as_view(), name="tracking-item"),
    path("webhooks/", hooks.WebhooksView.as_view(), name="api-webhooks"),
    path("webhooks/<str:webhook_id>/", hooks.WebhookView.as_view(), name="api-webhook"),
    path("webhooks/<str:webhook_id>/rotate-secret/", hooks.RotateView.as_view(), name="api-webhook-rotate"),
    path("webhooks/<str:webhook_id>/test/", hooks.TestView.as_view(), name="api-webhook-test"),
    path("webhooks/<str:webhook_id>/deliveries/", hooks.DeliveriesView.as_view(), name="api-webhook-deliveries"),
    path(
        "webhooks/<str:webhook_id>/deliveries/<str:delivery_id>/redeliver/",
        hooks.RedeliverView.as_view(),
        name="api-webhook-redeliver",
    ),
]
