from django.urls import path

from accounts.api_views import AccessLogView, MeView

urlpatterns = [
    path("me/", MeView.as_view(), name="api-me"),
    path("access-log/", AccessLogView.as_view(), name="api-access-log"),
]
