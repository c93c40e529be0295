"""The web process."""

import os

from django.core.wsgi import get_wsgi_application

from security import roles

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecship.settings")
application = get_wsgi_application()
roles.report("web")
