"""What an account reads of the incidents that touched it."""

from django.urls import path

from security.incidents import views

app_name = "notices"
urlpatterns = [
    path("", views.notice_list, name="notices"),
    path("<uuid:notice_id>/", views.notice, name="notice"),
    path("<uuid:notice_id>/download/", views.download, name="download"),
]
