"""The site as it is, but for detection: what `bench_detection` compares it with. Not for serving anybody."""

import os

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecship.settings")
settings.SECURITY_WALLS_OFF = frozenset({"detection"})

from ecship.wsgi import application  # noqa: E402 - after the switch

__all__ = ["application"]
