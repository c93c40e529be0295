"""What people are told of a copy that did not end: a sentence for each code, which says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

FAILURES: dict[str, _StrPromise] = {
    "too_large": _("The file would be too large. Ask the people who run this site for a copy in parts."),
    "too_slow": _("Making the file took too long. Try again at another time of the day."),
    "crashed": _("Making the file did not end, several times. Tell the people who run this site."),
    "expired": _("This copy stopped, and nobody let it go on within a day. Ask for another one."),
    "stopped": _(
        "This copy stopped, because you were not allowed to make it at that moment. If you are now, let it go on."
    ),
}


def failure_words(code: str) -> str:
    """Say why there is no file; "" where nothing failed."""
    return str(FAILURES.get(code, ""))
