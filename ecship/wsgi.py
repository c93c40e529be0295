"""The web process, and the staff console's: the same code with other addresses (CONSOLE)."""

import os

import django
from django.conf import settings
from django.urls import reverse

from ecship.handler import Handler
from security import bodies, roles

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecship.settings")
django.setup(set_prefix=False)
application = bodies.measured(Handler())
reverse("healthz")  # imports all views, so that the workers which gunicorn forks share them
if settings.CONSOLE:
    roles.report("console", may_hold={"security"})
else:
    roles.report("web")
