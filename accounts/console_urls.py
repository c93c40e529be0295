"""What accounts bring into the staff console."""

from django.urls import path

from accounts.views import lost_factors, staff

app_name = "staff"
urlpatterns = [
    path("enrol/<str:token>/", staff.enrol, name="enrol"),
    path("accounts/", staff.search, name="search"),
    path("accounts/<uuid:account_id>/", staff.account, name="account"),
    path("lost-factors/", lost_factors.listed, name="lost-factors"),
    path("lost-factors/<uuid:wish_id>/", lost_factors.one, name="lost-factor"),
    path("lost-factors/<uuid:wish_id>/decide/", lost_factors.decide, name="decide-lost-factor"),
    path("staff/", staff.people, name="people"),
    path("staff/<uuid:user_id>/link/", staff.new_link, name="new-link"),
    path("staff/<uuid:user_id>/end/", staff.end, name="end"),
]
