"""The worker and scheduler processes: queues `interactive`, `bulk`, `notices`; `webhooks`, whose receivers may be slow;
and `security` for the security role."""

import os
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecship.settings")

app = Celery("ecship")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

SECURITY_QUEUE = "security"


@setup_logging.connect
def log_as_the_site_does(**kwargs: Any) -> None:
    """Keep Celery's own format away: it quotes arguments and exceptions."""
    dictConfig(settings.LOGGING)


@worker_init.connect
def report_worker(sender: Any, **kwargs: Any) -> None:
    """Say the role before anything is taken; only the worker of the security queue alone may hold the security role."""
    is_security = set(sender.app.amqp.queues.consume_from) == {SECURITY_QUEUE}
    _report("security" if is_security else "worker", may_hold={"security"} if is_security else set())


@beat_init.connect
def report_beat(**kwargs: Any) -> None:
    _report("beat", may_hold=set())


def _report(process: str, *, may_hold: set[str]) -> None:
    from security import roles

    try:
        roles.report(process, may_hold=may_hold)
    except roles.WrongRole as error:
        raise SystemExit(f"ecship: {error}") from None  # Celery swallows other exceptions of a signal
