"""Reference data, and shipments."""

from shipments.models.batch import Batch, BatchState
from shipments.models.booking import Contents, Format, Shipment, Status
from shipments.models.reference import (
    Destination,
    ExchangeRate,
    NumberRange,
    ServiceTables,
    Suspension,
    TariffEdition,
)

__all__ = [
    "Batch",
    "BatchState",
    "Contents",
    "Destination",
    "ExchangeRate",
    "Format",
    "NumberRange",
    "ServiceTables",
    "Shipment",
    "Status",
    "Suspension",
    "TariffEdition",
]
