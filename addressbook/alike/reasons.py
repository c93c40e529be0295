"""Why two contacts may be one, as it is kept and as it is said. Loads nothing that compares."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Reason:
    """Codes of reasons; WORDS says them, WEIGHTS how much each says."""

    NAME, NAME_ALIKE = "name", "name_alike"
    EMAIL, PHONE, PHONE_ALIKE = "email", "phone", "phone_alike"
    ADDRESS, ADDRESS_ALIKE = "address", "address_alike"

    WORDS: dict[str, Promise] = {
        NAME: _("Same name"),
        NAME_ALIKE: _("Similar name"),
        EMAIL: _("Same e-mail address"),
        PHONE: _("Same telephone number"),
        PHONE_ALIKE: _("Telephone numbers that differ in one digit"),
        ADDRESS: _("Same address"),
        ADDRESS_ALIKE: _("Similar address"),
    }
    WEIGHTS = {NAME: 4, NAME_ALIKE: 2, EMAIL: 4, PHONE: 4, PHONE_ALIKE: 1, ADDRESS: 3, ADDRESS_ALIKE: 2}


def weight(reasons: Iterable[str]) -> int:
    """Return how much some reasons say together: the pairs likeliest to be one come first."""
    return sum(Reason.WEIGHTS[reason] for reason in reasons)
