from django.urls import path

from accounts.api_views import MeView

urlpatterns = [path("me/", MeView.as_view(), name="api-me")]
