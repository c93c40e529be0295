"""One's e-mail addresses: allauth's page, where a link that is mailed again is counted."""

from __future__ import annotations

from typing import Any

from allauth.account.views import EmailView
from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone

from accounts import mail_limits


class AddressesView(EmailView):  # type: ignore[misc]
    def _action_send(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Mail the link of an address that waits again; say so where there were too many."""
        address = self._get_email_address(request)
        if address is None or address.verified:
            return None
        try:
            mail_limits.confirm(address.email, by=address.user_id, now=timezone.now())
        except mail_limits.TooMuchMail as refused:
            messages.error(request, str(refused))
            return None
        return super()._action_send(request, *args, **kwargs)
