"""Root addresses. Every view in them carries a mark; those that are not ours are marked here, with the reason."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from ecship import views
from security.marks import FOREIGN_VIEWS, Door, ForeignView, Mark, public
from security.permissions import Permission


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """Tell a proxy that this process answers."""
    return HttpResponse("ok", content_type="text/plain")


FOREIGN_VIEWS[:] = [
    ForeignView(
        (
            "account_email_verification_sent",
            "account_login",
            "account_signup",
            "account_logout",
            "account_confirm_email",
            "account_reset_password",
            "account_inactive",
            "account_set_password",
            "mfa_authenticate",
            "mfa_login_webauthn",
        ),
        Mark(Door.ENTRANCE),
        "allauth's ways in: nobody is known yet",
    ),
    ForeignView(
        ("account_", "mfa_", "usersessions_"),
        Mark(Door.IDENTITY),
        "allauth's pages about oneself; each asks for its user",
    ),
    ForeignView(("admin:",), Mark(Door.STAFF, Permission.STAFF_REFERENCE), "Django's admin, for reference data only"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/", include("ecship.api_urls")),
    *i18n_patterns(
        path("", include("ecship.page_urls")),
        path("sign-in/", include("allauth.urls")),
        path("account/", include("accounts.urls")),
        path("staff/reference/", admin.site.urls),
        prefix_default_language=True,
    ),
]

handler400, handler403, handler404, handler500 = (
    views.bad_request,
    views.forbidden,
    views.not_found,
    views.server_error,
)
