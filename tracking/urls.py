"""Public tracking, and the pages of webhooks."""

from django.urls import path

from tracking import views
from tracking.webhooks import views as hooks

app_name = "tracking"
urlpatterns = [
    path("track/", views.search, name="search"),
    path("track/<str:number>/", views.item, name="item"),
    path("account/webhooks/", hooks.webhooks, name="webhooks"),
    path("account/webhooks/add/", hooks.add_webhook, name="add-webhook"),
    path("account/webhooks/<uuid:webhook_id>/", hooks.webhook, name="webhook"),
    path("account/webhooks/<uuid:webhook_id>/change/", hooks.change_webhook, name="change-webhook"),
    path("account/webhooks/<uuid:webhook_id>/secret/", hooks.rotate_webhook, name="rotate-webhook"),
    path("account/webhooks/<uuid:webhook_id>/delete/", hooks.delete_webhook, name="delete-webhook"),
    path("account/webhooks/<uuid:webhook_id>/test/", hooks.test_webhook, name="test-webhook"),
    path("account/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/again/", hooks.redeliver, name="redeliver"),
]
