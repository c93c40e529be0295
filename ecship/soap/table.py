"""The one table of operations: the entrance, the WSDL and the proofs of the test suite are all made of it.

An operation that is not in it is in no WSDL either, and is answered as one that nobody knows. Each carries its mark on
the function that carries it out; one without a mark is refused (`security.marks`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from security.marks import Mark

Answer = dict[str, Any]
Run = Callable[[HttpRequest, dict[str, Any]], Answer]


@dataclass(frozen=True)
class Many:
    """A list: repeated `item`s, of text or of fields of their own, in the order in which they are named."""

    of: str  # what the WSDL calls one of them; "string" for text
    fields: tuple[tuple[str, str], ...] = ()


Kind = str | Many  # of a field: a type of XML Schema, or a list
Fields = tuple[tuple[str, Kind], ...]
WHO = ("ecshipUsername", "hkpId", "integratorUsername")
ALWAYS: Fields = (("errMessage", "string"), ("status", "int"))


@dataclass(frozen=True)
class Operation:
    """One operation. `asks` and `gives` are in the order of the wire: alphabetical.

    `references` are fields that name something of somebody's; `changes` says that it is done once however often it is
    sent.
    """

    service: str
    name: str
    wrapper: str
    asks: Fields
    gives: Fields
    run: Run
    references: tuple[str, ...] = ()
    changes: bool = False

    @property
    def mark(self) -> Mark | None:
        return getattr(self.run, "mark", None)

    @property
    def endpoint(self) -> str:
        """What the access log and the doors of kept answers call it."""
        return f"soap-{self.service}-{self.name}"

    @property
    def request_type(self) -> str:
        return self.wrapper[0].upper() + self.wrapper[1:]

    @property
    def answer_type(self) -> str:
        return f"{self.name[0].upper()}{self.name[1:]}Answer"


OPERATIONS: dict[tuple[str, str], Operation] = {}


def offer(
    service: str,
    name: str,
    wrapper: str,
    *,
    asks: dict[str, Kind],
    gives: dict[str, Kind],
    references: tuple[str, ...] = (),
    changes: bool = False,
) -> Callable[[Run], Run]:
    """Put an operation into the table; its function stands below."""

    def add(run: Run) -> Run:
        asked: dict[str, Kind] = {**dict.fromkeys(WHO, "string"), **asks}
        OPERATIONS[service, name] = Operation(
            service, name, wrapper, _sorted(asked), _sorted({**dict(ALWAYS), **gives}), run, references, changes
        )
        return run

    return add


def _sorted(fields: dict[str, Kind]) -> Fields:
    return tuple(sorted(fields.items(), key=lambda item: item[0].lower()))


def of_service(service: str) -> list[Operation]:
    """Return the operations of a service, in the order of the table."""
    return [one for (name, _operation), one in OPERATIONS.items() if name == service]
