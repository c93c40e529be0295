"""The way into the console: allauth's pages without signing up, e-mail addresses and resets by mail.

Who has lost a password or every factor gets a new link from a colleague (`create_staff`).
"""

from allauth.account import views as account
from django.urls import include, path

from accounts.sign_in_urls import SHARED

urlpatterns = [
    *SHARED,
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
]
