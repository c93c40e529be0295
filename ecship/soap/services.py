"""Loads the operations of every service into the table, and says how what they keep is asked for again."""

from ecship.soap import calculator, posting, soaz, tracking
from ecship.soap.table import OPERATIONS
from security import idempotency
from security.detection import freeze

__all__ = ["calculator", "posting", "register", "soaz", "tracking"]


def register() -> None:
    """Give a door to the kept answer of each operation that makes an order; freeze with shipments what reads many."""
    freeze.widen("shipments", bulk={"soap-Posting-getItemNo"}, prefixes=("soap-Posting-", "soap-SoazPosting-"))
    for one in OPERATIONS.values():
        if one.changes:
            idempotency.door(one.endpoint, posting.still_there)
