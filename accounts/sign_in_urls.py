"""Pages of signing in that are ours, some under the names by which allauth knows them; allauth's others follow."""

from django.urls import path

from accounts.views import closing, company, recovery, signing_in

# What the staff console has as well.
SHARED = [
    path("sessions/", signing_in.sessions, name="usersessions_list"),
    path("sessions/<slug:reference>/end/", signing_in.end_session, name="end_session"),
    path("stay/", signing_in.stay, name="stay_signed_in"),
    path("2fa/recovery-codes/", signing_in.recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/download/", signing_in.recovery_codes_file, name="mfa_download_recovery_codes"),
]
urlpatterns = [
    *SHARED,
    path("company/", company.start, name="company_sign_in"),
    path("company/<slug:name>/", company.start_at, name="company_sign_in_at"),
    path("not-me/<str:token>/", signing_in.not_me, name="not_me"),
    path("keep/<str:token>/", closing.keep_by_link, name="keep_account"),
    path("2fa/lost/", recovery.ask, name="lost_factor"),
    path("2fa/lost/stop/<str:token>/", recovery.stop, name="stop_recovery"),
    path("2fa/lost/finish/<str:token>/", recovery.finish, name="finish_recovery"),
]
