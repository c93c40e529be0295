"""Root addresses of the customers' site; those of the staff console stand in `ecship.console_urls`."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from accounts.views import company
from accounts.views.addresses import AddressesView
from ecship import libraries, views

libraries.mark_views()

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", views.healthz, name="healthz"),
    path("robots.txt", views.robots, name="robots"),
    path("api/v1/", include("ecship.api_urls")),
    path("", include("ecship.soap.urls")),
    path("company-sign-in/<slug:name>/", company.callback, name="company_callback"),  # set there: in no language
    *i18n_patterns(
        path("", include("ecship.page_urls")),
        path("sign-in/email/", AddressesView.as_view(), name="account_email"),  # allauth's, with limits of ours
        path("sign-in/", include("accounts.sign_in_urls")),  # before allauth's, some of which they replace
        path("sign-in/", include("allauth.urls")),
        path("account/", include("accounts.urls")),
        path("account/notices/", include("security.incidents.urls")),
        path("suspension/", include("security.appeal_urls")),
        prefix_default_language=True,
    ),
]

handler400, handler403, handler404, handler500 = (
    views.bad_request,
    views.forbidden,
    views.not_found,
    views.server_error,
)
