from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


def may_ship() -> bool:
    from security import scope
    from security.permissions import Permission

    return scope.current().may(Permission.SHIPMENT_CHANGE)


class ShipmentsConfig(AppConfig):
    name = "shipments"
    verbose_name = _("Shipments")

    def ready(self) -> None:
        from addressbook import acts
        from addressbook.apps import COPIES
        from security import trail
        from security.detection import freeze
        from shipments import console, copying, doors, naming

        bulk = {"shipments:list", "shipments:search", "shipments:batches", "shipments:batch", *COPIES}
        bulk |= {"api-shipments", "api-shipments-search", "labels:labels"}
        freeze.offer("shipments", words=_("Shipments"), bulk=bulk, prefixes=("shipments:", "api-shipment", "labels:"))
        naming.register()
        trail.gives(
            "shipment",
            ["sender", "recipient", "contents", "reference", "notes", "item_number"],
            listed=["recipient", "item_number"],
        )
        trail.gives("batch", ["sender", "contents", "reference"], listed=[])
        acts.offer(acts.Act(_("Ship to these"), "shipments:ship-to", may_ship))
        console.register()
        doors.register()
        copying.register()
