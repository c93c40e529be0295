"""Work on a book that is held by a lease (`security.leasing`): whoever asked must still hold a right in the book."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, TypeVar

from accounts import closing_rights
from addressbook import access
from addressbook.models import AddressBook
from security import leasing
from security.leased import Leased
from security.permissions import Permission
from security.refusals import Forbidden

R = TypeVar("R", bound=Leased)


class Job(leasing.Job[R]):
    """One run of a book. A subclass says of which model, task and right."""

    right: ClassVar[Permission]  # in the book, that whoever asked must still have

    @contextmanager
    def part(self) -> Iterator[tuple[R, AddressBook]]:
        """Do one part of the work in a transaction; what is changed of the run is saved. Raises Taken."""
        with self.step() as run:
            if self.right not in closing_rights.STAYS and closing_rights.is_closing_here():
                raise Forbidden(self.right)
            yield run, access.get_book(run.book_id, to=self.right)  # type: ignore[attr-defined]  # each has a book
