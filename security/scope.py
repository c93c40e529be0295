"""The scope: whose data this piece of work may touch.

It is set once per request or task, lives in a context variable, and stands in the same transaction as a signed
PostgreSQL setting that row-level security checks (`security.context`). It is reset on the way out, whatever happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _
from django_scopes import scope as manager_scope
from django_scopes import scopes_disabled

from security import context
from security.permissions import Permission
from security.refusals import Blocked, NoScope, Suspended
from security.walls import Wall, stands
from security.warrants import Warrant

if TYPE_CHECKING:
    from security.keys import DataKey


class Kind(models.TextChoices):
    NONE = "none"  # nobody: public pages
    IDENTITY = "identity"  # during sign-in, sign-up, reset and key check only
    PERSON = "person"  # somebody without an account: sees their own user row only
    ACCOUNT = "account"  # a member or a key of one account
    CASE = "case"  # staff who opened a case for one account


class Via(models.TextChoices):
    """By which kind of entrance a piece of work came in."""

    PAGE = "page", _("Page")
    API = "api", _("API")
    SOAP = "soap", _("SOAP")
    TASK = "task", _("Job")
    COMMAND = "command", _("Command")


@dataclass(frozen=True)
class Answering:
    """Who answers for what a key does for somebody else: detection counts and suspends them in that person's place."""

    person: UUID
    account: UUID


@dataclass(frozen=True, eq=False)
class Scope:
    """Who acts, in which account, with which rights; `source` is the address the request came from.

    `endpoint` is the name of the address or of the job, never the address itself; `on_behalf` is for whom somebody
    else acts (`user:` or `case:` and an id), where key and kind do not say so by themselves.
    """

    kind: Kind
    account_id: UUID | None = None
    user_id: UUID | None = None
    key_id: UUID | None = None
    permissions: frozenset[Permission] = frozenset()
    # What the person behind a key may do by their role; None where nobody's rights are narrowed.
    role_permissions: frozenset[Permission] | None = None
    request_id: str = ""
    source: str = ""
    actor: str = ""
    on_behalf: str = ""
    via: str = Via.COMMAND
    endpoint: str = ""
    epoch: int = 0
    answering: Answering | None = None
    warrants: frozenset[Warrant] = frozenset()
    data_keys: dict[int, DataKey] = field(default_factory=dict, repr=False)
    foreign: list[str] = field(default_factory=list, repr=False)

    @property
    def who_answers(self) -> tuple[UUID | None, UUID | None]:
        """The person and the account that detection counts for what is done here."""
        return (self.answering.person, self.answering.account) if self.answering else (self.user_id, self.account_id)

    @property
    def account(self) -> UUID:
        """The account of this scope. Raises NoScope when there is none."""
        if self.account_id is None:
            raise NoScope
        return self.account_id

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def may_by_role(self, permission: Permission) -> bool:
        """Tell whether the role allows it, whatever the scopes of a key leave of that.

        It says which objects are seen, never what is done with them: that is `may`.
        """
        return permission in (self.permissions if self.role_permissions is None else self.role_permissions)


NOBODY = Scope(kind=Kind.NONE)
_current: ContextVar[Scope] = ContextVar("scope", default=NOBODY)
_backend: ContextVar[context.Backend | None] = ContextVar("backend", default=None)
_wrapped: ContextVar[dict[int, bytes] | None] = ContextVar("wrapped", default=None)
_frozen: ContextVar[tuple[str, ...]] = ContextVar("frozen", default=())


# Told the account whose suspension is met with: whoever keeps something of accounts in this process drops it.
on_suspended: list[Callable[[UUID], None]] = []


def get() -> Scope:
    """Return the scope of this piece of work; `NOBODY` when none is active."""
    return _current.get()


def current() -> Scope:
    """Return the scope of an account (or of a case).

    Raises NoScope when there is none, which is a mistake in the calling code.
    """
    scope = _current.get()
    if scope.account_id is None:
        raise NoScope
    return scope


def wrapped_keys() -> dict[int, bytes]:
    """Return the wrapped keys of the account whose scope was entered, by version, as they were at that moment."""
    return _wrapped.get() or {}


def frozen() -> tuple[str, ...]:
    """Return the features that degraded when the account's scope was entered, each as `feature:size`."""
    return _frozen.get()


def forget_wrapped_keys() -> None:
    """Look for the account's keys in the table from now on: they have changed within this scope."""
    _wrapped.set(None)


@contextmanager
def enter(scope: Scope) -> Iterator[Scope]:
    """Run a block in a scope, in a transaction; the scope that was active before returns afterwards.

    Raises Suspended where somebody acts for an account that is suspended, and Blocked where the network that they come
    from is blocked: the database says so in the same statement.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        previous, backend = _current.get(), _backend.get()
        backend_token = _backend.set(backend or context.backend())
        token, wrapped_token, frozen_token = _current.set(scope), _wrapped.set(None), _frozen.set(())
        try:
            entered = _sign(scope)
            _wrapped.set(entered.wrapped)
            _frozen.set(entered.frozen)
            if entered.is_blocked and stands(Wall.LIVE_STATE):
                raise Blocked
            _require_account(scope, entered)
            with _manager_scope(scope):
                yield scope
            # The end of the transaction is the end of its settings.
            if not is_outermost and not connection.needs_rollback:
                _return_to(previous)
        finally:
            _current.reset(token)
            _wrapped.reset(wrapped_token)
            _frozen.reset(frozen_token)
            _backend.reset(backend_token)


@contextmanager
def _manager_scope(scope: Scope) -> Iterator[None]:
    if not stands(Wall.SCOPE):
        with scopes_disabled():
            yield
    elif scope.account_id is None:
        # The empty list filters everything away, where a missing dimension would inherit the one outside.
        with manager_scope(account=[]):
            yield
    else:
        with manager_scope(account=scope.account_id):
            yield


def _require_account(scope: Scope, entered: context.Entered) -> None:
    """Staff who opened a case, and the site's own jobs, go on: they act for nobody."""
    acts = scope.kind is Kind.ACCOUNT and (scope.user_id or scope.key_id)
    if acts and entered.is_suspended and stands(Wall.LIVE_STATE):
        for forget in on_suspended:
            forget(scope.account)
        raise Suspended


def _sign(scope: Scope) -> context.Entered:
    """Sign the database's context; return what it says of the scope's account, which comes with the answer."""
    backend = _backend.get()
    assert backend is not None
    return context.apply(
        kind=scope.kind,
        account_id=scope.account_id,
        user_id=scope.user_id,
        backend=backend,
        warrants=scope.warrants,
        source=scope.source,
    )


def _return_to(scope: Scope) -> None:
    """Sign the context of a scope that was entered before: it is set with the next statement."""
    backend = _backend.get()
    assert backend is not None
    context.put_back(
        kind=scope.kind,
        account_id=scope.account_id,
        user_id=scope.user_id,
        backend=backend,
        warrants=scope.warrants,
    )


@contextmanager
def account(
    *,
    account_id: UUID,
    user_id: UUID | None = None,
    permissions: frozenset[Permission] | None = None,
    actor: str = "",
    warrants: frozenset[Warrant] = frozenset(),
) -> Iterator[Scope]:
    """Enter an account's scope from a command, a task or a test; all rights unless they are named, and no warrant."""
    rights = frozenset(Permission) if permissions is None else permissions
    new = Scope(
        kind=Kind.ACCOUNT,
        account_id=account_id,
        user_id=user_id,
        permissions=rights,
        actor=actor or (f"user:{user_id}" if user_id else "system"),
        request_id=get().request_id,
        via=get().via,
        endpoint=get().endpoint,
        warrants=warrants,
    )
    with enter(new):
        yield new


@contextmanager
def identity() -> Iterator[Scope]:
    """Enter the identity context: signing in, signing up, reset, key check. Nothing else may use it.

    Whoever is in it already stays, with a savepoint for what may fail.
    """
    active = get()
    if active.kind is Kind.IDENTITY and not active.warrants:
        with transaction.atomic():
            yield active
        return
    alone = replace(get(), kind=Kind.IDENTITY, account_id=None, warrants=frozenset(), data_keys={}, foreign=[])
    with enter(alone) as scope:
        yield scope


@contextmanager
def warrant(*wanted: Warrant) -> Iterator[Scope]:
    """Let this block, in the scope that is active, write the tables that ask for these warrants as well.

    For the service that does such a thing, around its own statements and nobody else's.
    """
    active = get()
    if active.warrants.issuperset(wanted):
        yield active
        return
    with enter(replace(active, warrants=active.warrants.union(wanted))) as scope:
        yield scope


@contextmanager
def sealing(*, account_id: UUID, data_key: DataKey) -> Iterator[Scope]:
    """Seal for an account whose key is at hand, without a database: for bulk loading in processes that have none.

    No context is signed and no manager answers, so nothing can be read or written from within.
    """
    token = _current.set(Scope(kind=Kind.NONE, account_id=account_id, data_keys={data_key.version: data_key}))
    try:
        yield _current.get()
    finally:
        _current.reset(token)
