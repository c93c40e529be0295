from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrackingConfig(AppConfig):
    name = "tracking"
    verbose_name = _("Tracking")

    def ready(self) -> None:
        from security import trail
        from tracking import console, copying, doors, naming, slots

        slots.register()
        console.register()
        copying.register()
        naming.register()
        doors.register()
        trail.gives("webhook", ["name"])
