from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# A copy of the account holds all of it: it waits while address books or shipments are frozen.
COPIES = ("accounts:copies", "accounts:copy-file", "accounts:copy-go-on")
LISTED = ("name", "company", "place", "country", "tags")  # of a contact, where a page shows many


class AddressBookConfig(AppConfig):
    name = "addressbook"
    verbose_name = _("Address book")

    def ready(self) -> None:
        from addressbook import console, copying, doors, leaving, naming, team_sharing
        from addressbook.index import keeping
        from security import scope, trail
        from security.detection import freeze

        naming.register()
        bulk = {
            "addressbook:books",
            "addressbook:contacts",
            "addressbook:search",
            "addressbook:exports",
            "addressbook:export-selected",
            "addressbook:export-go-on",
            "addressbook:export-file",
            "api-exports",
            "api-export-file",
            "api-contacts",
            "api-contact-search",
            *COPIES,
        }
        freeze.offer(
            "addressbook",
            words=_("Address books"),
            bulk=bulk,
            prefixes=("addressbook:", "api-address-book", "api-contact", "api-export", "api-import", "api-share"),
        )
        console.register()
        trail.gives("address_book", ["name"])
        trail.gives(
            "contact",
            ["name", "company", "address", "place", "country", "email", "phone", "fax", "tags", "notes"],
            listed=LISTED,
        )
        trail.gives(
            "contact_import", ["name", "company", "address", "country", "email", "phone", "fax", "tags", "notes"]
        )
        trail.gives("contact_export", [])
        trail.gives("import_profile", ["name"])
        trail.gives("possible_duplicate", [])
        trail.gives("contact_merge", [])
        doors.register()
        copying.register()
        team_sharing.register()
        leaving.register()
        scope.on_suspended.append(keeping.forget)
