"""What people are told of an export that did not end: a sentence for each code, which says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

FAILURES: dict[str, _StrPromise] = {
    "empty": _("None of these contacts is there any more. Choose others."),
    "grown": _(
        "More contacts are to be in it than when you asked for it, and the owners were told of fewer. Start again."
    ),
    "too_large": _("The file would be too large. Narrow the list, and export it in parts."),
    "too_slow": _("Making the file took too long. Narrow the list, and export it in parts."),
    "crashed": _("Making the file did not end, several times. Narrow the list, or choose another kind of file."),
    "expired": _("This export stopped, and nobody let it go on within a day. Start it again."),
    "stopped": _(
        "This export stopped, because you were not allowed to export at that moment. If you are now, let it go on."
    ),
}


def over_budget() -> str:
    """Say that the account has had as much made within a day as it may."""
    return str(_("So many contacts, or so many files, may not be exported within a day. Go on tomorrow."))


def failure_words(code: str) -> str:
    """Say why there is no file; "" where nothing failed."""
    return str(FAILURES.get(code, ""))
