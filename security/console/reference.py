"""Reference data in the console: Django's admin for the tables that an app registers here, and nothing else of it.

The admin's default site takes in whatever any library registers, and brings pages of its own for signing in and out and
for a password, past what the console asks there. Here are only the pages of the tables. Each app's `admin.py` registers
with `site`; which tables may be written is decided by the warrant (`security.warrants.Warrant.REFERENCE`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver

View = Callable[..., HttpResponseBase]
# The console signs in and out by its own pages; the others serve no table that is here.
NOT_HERE = {"login", "logout", "password_change", "password_change_done", "autocomplete", "view_on_site"}


class Site(AdminSite):
    site_url = None

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [entry for entry in super().get_urls() if getattr(entry, "name", None) not in NOT_HERE]

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # type: ignore[override]
        """Refuse whoever may not be here. Raises PermissionDenied: there is no page to sign in to send them to."""
        shown: Any = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                raise PermissionDenied
            answer: HttpResponseBase = shown(request, *args, **kwargs)
            return answer

        return update_wrapper(inner, shown)


site = Site()
