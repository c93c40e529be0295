from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShipmentsConfig(AppConfig):
    name = "shipments"
    verbose_name = _("Shipments")

    def ready(self) -> None:
        from addressbook.apps import COPIES
        from security import trail
        from security.detection import freeze
        from shipments import console, copying, doors, naming

        bulk = {"shipments:list", "shipments:search", "api-shipments", "api-shipments-search", *COPIES}
        freeze.offer("shipments", words=_("Shipments"), bulk=bulk, prefixes=("shipments:", "api-shipment", "labels:"))
        naming.register()
        trail.gives(
            "shipment",
            ["sender", "recipient", "contents", "reference", "notes", "item_number"],
            listed=["recipient", "item_number"],
        )
        console.register()
        doors.register()
        copying.register()
