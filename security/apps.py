from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SecurityConfig(AppConfig):
    name = "security"
    verbose_name = _("Security")

    def ready(self) -> None:
        from security import checks  # noqa: F401 - registers the system checks
        from security.chain import tasks  # noqa: F401 - registers the trail's tasks
        from security.console import pages

        pages.register()
