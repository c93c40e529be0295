"""The web process, and the staff console's: the same code with other addresses (CONSOLE)."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from security import bodies, roles

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecship.settings")
application = bodies.measured(get_wsgi_application(), most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
if settings.CONSOLE:
    roles.report("console", may_hold={"security"})
else:
    roles.report("web")
