"""The only door to a shipment for a person or a key."""

from __future__ import annotations

from uuid import UUID

from security import scope, trail
from security.permissions import Permission
from security.refusals import Forbidden, NotFound
from security.walls import Wall, stands
from shipments import item_numbers
from shipments.models import Batch, Shipment


def check_right(to: Permission) -> None:
    """Raise Forbidden where the current scope lacks the right."""
    if stands(Wall.PERMISSION) and not scope.current().may(to):
        raise Forbidden(to)


def get_shipment(shipment_id: UUID | str, *, to: Permission, lock: bool = False) -> Shipment:
    """Return a shipment of the current account, and write in the access log that it was read.

    With `lock` nobody else changes it until the transaction ends.

    The right is asked first, so that a refusal tells nothing of what exists. Raises Forbidden for a colleague without
    the right, and NotFound alike for what is unknown, foreign, deleted or malformed.
    """
    check_right(to)
    shipments = Shipment.objects.select_for_update() if lock else Shipment.objects.all()
    shipment = shipments.filter(pk=parse_id(shipment_id)).first()
    if shipment is None:
        raise NotFound
    trail.record(action=trail.Action.READ, kind="shipment", ids=[shipment.pk])
    return shipment


def get_batch(batch_id: UUID | str, *, to: Permission, lock: bool = False) -> Batch:
    """Return a batch of the current account, and note that it was read; with `lock` nobody else changes it meanwhile.

    Raises Forbidden and NotFound as `get_shipment` does.
    """
    check_right(to)
    batches = Batch.objects.select_for_update() if lock else Batch.objects.all()
    batch = batches.filter(pk=parse_id(batch_id)).first()
    if batch is None:
        raise NotFound
    trail.record(action=trail.Action.READ, kind="batch", ids=[batch.pk])
    return batch


def get_by_item_number(item_number: str, *, to: Permission) -> Shipment:
    """Return a shipment of the current account by its item's number, as `get_shipment` does by its id."""
    check_right(to)
    shipment = Shipment.objects.filter(item_number=item_numbers.normalise(item_number)).first()
    if shipment is None:
        raise NotFound
    trail.record(action=trail.Action.READ, kind="shipment", ids=[shipment.pk])
    return shipment


def parse_id(shipment_id: UUID | str) -> UUID:
    """Raises NotFound for what is no id: malformed is the same as unknown."""
    if isinstance(shipment_id, UUID):
        return shipment_id
    try:
        return UUID(shipment_id)
    except ValueError:
        raise NotFound from None
