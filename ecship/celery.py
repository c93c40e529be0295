"""The worker and scheduler processes: queues `interactive`, `bulk`, `notices`, and `security` for the security role."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecship.settings")

app = Celery("ecship")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
