"""What incidents need from the floors above, filled by the apps when they load.

`security` imports no app: who owns an account and how to write to them is said by accounts; what an object is called,
by the app that owns it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from django.http import HttpResponse
from django.utils.functional import Promise

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Reader:
    """To whom a notice goes, as of now."""

    email: str
    language: str
    account_name: str


class People(Protocol):
    """Who is told of an account. All run in the identity context, but for `account_name`."""

    def owners(self, accounts: Sequence[UUID]) -> dict[UUID, list[UUID]]:
        """Return the owners of each account, by user; an account without any is left out."""

    def languages(self, users: Sequence[UUID]) -> dict[UUID, str]: ...

    def reader(self, user_id: UUID, account_id: UUID) -> Reader | None:
        """Return how to write to an owner of an account; None for one who is no owner any more."""

    def account_name(self) -> str:
        """Return the name of the scope's account. The one that runs in an account's own scope."""


@dataclass(frozen=True)
class Thing:
    """One object as its holder knows it; the address is "" for one that has no page any more."""

    name: str
    address: str = ""


@dataclass(frozen=True)
class Shown:
    """How one kind of object is shown to its holder. `names` runs in the account's scope; whoever shows them notes it.

    What cannot be named (it is deleted, or not for whoever acts to see) is left out.
    """

    label: Promise
    names: Callable[[Sequence[UUID]], dict[UUID, Thing]]


_people: list[People] = []
_shown: dict[str, Shown] = {}
_documents: dict[str, Callable[[dict[str, Any]], bytes]] = {}
_proof: list[Callable[[View], View]] = []


def tell(people: People) -> None:
    """Say who is told. Called once, by accounts."""
    _people[:] = [people]


def people() -> People:
    return _people[0]


def prove_by(decorator: Callable[[View], View]) -> None:
    """Say how a page asks anew who one is before it is shown. Called once, by accounts."""
    _proof[:] = [decorator]


def proven(view: View) -> View:
    """Ask who one is, unless that was shown a moment ago."""
    return _proof[0](view)


def set_document(name: str, renderer: Callable[[dict[str, Any]], bytes]) -> None:
    """Offer to set a document as PDF, from plain data. Called once for each, by whoever can."""
    _documents[name] = renderer


def document(name: str, data: dict[str, Any]) -> bytes:
    """Return a PDF. Raises LookupError where nobody offers to set it."""
    return _documents[name](data)


def show(kind: str, *, label: Promise, names: Callable[[Sequence[UUID]], dict[UUID, Thing]]) -> None:
    """Say how a kind of the access log is shown on the holder's page."""
    _shown[kind] = Shown(label, names)


def shown(kind: str) -> Shown | None:
    return _shown.get(kind)
