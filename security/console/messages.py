"""Messages of the console in a cookie of their own: on a laptop both sites share one host, and so its cookies."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class Storage(CookieStorage):
    cookie_name = f"{settings.COOKIE_PREFIX}console-messages"
