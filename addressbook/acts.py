"""What apps above let one do with selected contacts: they bring it when they load, and a book's page offers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from addressbook.models import AddressBook

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Act:
    """`address`: the name of a page that takes the selection of a book by POST; `may`: whether the reader may do it.

    To see the contacts is enough for the book's part; what else it takes is the page's to ask.
    """

    words: _StrPromise
    address: str
    may: Callable[[], bool]


@dataclass(frozen=True)
class Offered:
    words: _StrPromise
    address: str


_acts: list[Act] = []


def offer(act: Act) -> None:
    """Let a book's page offer an act; call it once, from an app's `ready`."""
    _acts.append(act)


def offered(book: AddressBook) -> list[Offered]:
    """Return what whoever reads may do with contacts of a book, and where."""
    return [Offered(act.words, reverse(act.address, args=[book.pk])) for act in _acts if act.may()]
