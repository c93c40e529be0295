"""What accounts bring into the staff console."""

from django.urls import path

from accounts.views import staff

app_name = "staff"
urlpatterns = [
    path("enrol/<str:token>/", staff.enrol, name="enrol"),
]
