from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SecurityConfig(AppConfig):
    name = "security"
    verbose_name = _("Security")

    def ready(self) -> None:
        from security import checks  # noqa: F401 - registers the system checks
        from security.chain import tasks  # noqa: F401 - registers the trail's tasks
        from security.console import pages
        from security.console import tasks as console  # noqa: F401 - and the console's
        from security.detection import tasks as detection  # noqa: F401 - and detection's
        from security.incidents import console as incidents
        from security.incidents import tasks as notices  # noqa: F401 - and those of the notices

        pages.register()
        incidents.register()
