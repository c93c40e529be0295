"""What may still be done in an account that is being deleted (`accounts.closing`): look, take along, take it back."""

from __future__ import annotations

from accounts.models import Account
from security import scope
from security.permissions import Permission as P

# Calling off what has not been posted stays, and taking the deletion back is a change of the account.
STAYS = frozenset(
    {P.CONTACT_VIEW, P.CONTACT_EXPORT, P.SHIPMENT_VIEW, P.SHIPMENT_CANCEL, P.LABEL_PRINT, P.LOG_VIEW, P.MEMBER_VIEW}
    | {P.ACCOUNT_EXPORT, P.ACCOUNT_MANAGE}
)


def left_of(rights: frozenset[P], account: Account) -> frozenset[P]:
    """Return which rights remain in an account: those of reading alone while it is being deleted."""
    return rights & STAYS if account.closing_at is not None else rights


def is_closing_here() -> bool:
    """Tell whether the scope's account is being deleted: for work that began before."""
    return Account.objects.filter(pk=scope.current().account, closing_at__isnull=False).exists()
