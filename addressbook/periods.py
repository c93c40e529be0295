"""How long address books keep what (`security.periods`)."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from security.periods import Part, keeps

_TEND = ("addressbook.tend_files",)

CONTACTS = keeps(
    Part.BOOKS, _("Contacts and address books"), _("Kept until somebody in the account deletes them, or the account.")
)
BIN = keeps(
    Part.BOOKS,
    _("Deleted contacts, in the bin"),
    _("Removed for good, counted from the deletion. Until then they can be restored, and merges undone."),
    lambda: timedelta(days=30),
    jobs=("shipments.expire",),
)
IMPORT_FILE = keeps(
    Part.BOOKS,
    _("Files that are being imported, and what was read out of them"),
    _("Removed, counted from the upload, where nobody carries the import out."),
    lambda: timedelta(days=1),
    jobs=_TEND,
)
IMPORT_LEFT_OUT = keeps(
    Part.BOOKS,
    _("Rows of an import that stayed out"),
    _("Removed, counted from the end of the import."),
    lambda: timedelta(days=7),
    jobs=_TEND,
)
IMPORT_UNDO = keeps(
    Part.BOOKS,
    _("What an import had changed, so that it can be undone"),
    _("Removed, counted from the end of the import: as long as the bin."),
    BIN.length,
    jobs=_TEND,
)
EXPORT_FILE = keeps(
    Part.BOOKS,
    _("Files of exported contacts"),
    _(
        "Removed, counted from when the file was ready. Sooner where a contact that is in it is erased for good, or "
        "whoever asked for it says so or leaves the account."
    ),
    lambda: timedelta(days=1),
    jobs=_TEND,
)
RUNS = keeps(
    Part.BOOKS,
    _("That an import or an export was made, by whom and of how many contacts"),
    _("Removed, counted from its end."),
    lambda: timedelta(days=365),
    jobs=_TEND,
)
