"""Messages that the next page shows, in a cookie which is named as all of ours are."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class Storage(CookieStorage):
    cookie_name = f"{settings.COOKIE_PREFIX}messages"
