"""One row of an import as it stands, sealed, in its batch: from the check to the undo."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

# A duplicate: by what ("address", "email", "phone") and of which contact (its id) or row (its number).
Double = tuple[str, str, int]
# Who a row may be: which contact (its id) or row (its number), and the codes of the reasons.
Near = tuple[str, int, list[str]]
Word = tuple[str, str]  # a column (or field) and a code


@dataclass
class Item:
    """A row. What is empty is not stored.

    `cells` as they came, until the row is in the book; `flaws` keep it out, `doubts` do not; `details` is the contact,
    `keys` what duplicates are found by, `near` whom it may be that is no exact duplicate. Then what was done: `act`,
    the contact's `contact` id, and `before`, what an updated contact was.
    """

    number: int
    cells: list[str] = field(default_factory=list)
    flaws: list[Word] = field(default_factory=list)
    doubts: list[Word] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    keys: list[tuple[str, int]] = field(default_factory=list)
    double: Double | None = None
    near: list[Near] = field(default_factory=list)
    act: str = ""
    contact: str = ""
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def is_bad(self) -> bool:
        return bool(self.flaws)

    def plain(self) -> dict[str, Any]:
        """Return what is stored: JSON's own kinds of values, and nothing empty."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Item:
        """Return what was stored; JSON has lists for tuples."""
        return cls(**{name: stored[name] for name in _NAMES if name in stored})


_NAMES = [one.name for one in fields(Item)]
ADDED, UPDATED, SKIPPED = "added", "updated", "skipped"
