"""Root addresses of the staff console: its own pages, those that the apps bring, and the way in."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from ecship import libraries, views
from security.console import reference, registry

libraries.mark_views()

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", views.healthz, name="healthz"),
    *i18n_patterns(
        path("", include("security.console.urls")),
        *(path(prefix, include(module)) for prefix, module in registry.addresses()),
        path("sign-in/", include("ecship.console_sign_in")),
        path("reference/", reference.site.urls),
        prefix_default_language=True,
    ),
]

handler400, handler403, handler404, handler500 = (
    views.bad_request,
    views.forbidden,
    views.not_found,
    views.server_error,
)
