"""What accounts bring into the staff console."""

from django.urls import path

from accounts.views import staff

app_name = "staff"
urlpatterns = [
    path("enrol/<str:token>/", staff.enrol, name="enrol"),
    path("accounts/", staff.search, name="search"),
    path("accounts/<uuid:account_id>/", staff.account, name="account"),
    path("staff/", staff.people, name="people"),
    path("staff/<uuid:user_id>/link/", staff.new_link, name="new-link"),
    path("staff/<uuid:user_id>/end/", staff.end, name="end"),
]
