"""Questions for rows that differ from one time to the next by values alone: their SQL is composed once.

Django composes the same SQL anew each time, which costs more than reading the row that it brings. What is kept here is
what the scoped manager itself composed, with its filter by account; the account is the one of the manager's scope at
the time of asking. In any other scope than an account's the manager is asked as ever, and answers as ever. Tables that
belong to no account (who somebody is, whether they may act) are asked in whatever scope is active.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID, uuid4

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]  # the stubs do not know it
from django_scopes import get_scope
from django_scopes import scope as manager_scope

from security.tenancy import TenantModel

M = TypeVar("M", bound=models.Model)
ACCOUNT = "account"


class _Made(NamedTuple):
    """The SQL; what stands at each place of it, by name, or as it is; and how a row becomes an object."""

    sql: str
    names: tuple[str | None, ...]
    constants: tuple[Any, ...]
    model: type[models.Model]
    columns: list[str]
    start: int
    end: int
    related: list[Any]
    annotations: dict[str, int]


class Compiled(Generic[M]):
    """One question; `ask` makes its queryset from ids, whose names are given.

    `by_account` says whether it asks a table that belongs to accounts.
    """

    def __init__(self, ask: Callable[..., models.QuerySet[M]], *names: str, by_account: bool = True) -> None:
        self._ask, self._names, self._by_account = ask, names, by_account
        self._made: _Made | None = None

    def first(self, **ids: UUID | None) -> M | None:
        """Return the row, or None. An id that is None is nobody's."""
        return next(iter(self.all(**ids)), None)

    def all(self, **ids: UUID | None) -> list[M]:
        """Return the rows, in the question's order."""
        values = dict(ids)
        if self._by_account:
            active = get_scope()
            account = active.get(ACCOUNT)
            if not active.get("_enabled") or not isinstance(account, UUID):
                return list(self._ask(**ids))
            values[ACCOUNT] = account
        if self._made is None:
            self._made = self._make()
        made = self._made
        parameters = [
            values[name] if name else constant for name, constant in zip(made.names, made.constants, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(made.sql, parameters)
            rows = cursor.fetchall()
        return [self._object(made, row) for row in rows]

    def _make(self) -> _Made:
        """Compose it for an account and for ids that nobody has, and see where they stand."""
        stand_ins = {name: uuid4() for name in (*self._names, *([ACCOUNT] if self._by_account else []))}
        with manager_scope(account=stand_ins.get(ACCOUNT, uuid4())):
            queryset = self._ask(**{name: stand_ins[name] for name in self._names})
        if issubclass(queryset.model, TenantModel) != self._by_account:
            raise ValueError(f"{queryset.model.__name__}: by_account must say whether its rows belong to accounts.")
        compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        sql, constants = compiler.as_sql()
        found = {value: name for name, value in stand_ins.items()}
        names = tuple(found.get(value) if isinstance(value, UUID) else None for value in constants)
        if missing := stand_ins.keys() - set(names):
            raise ValueError(f"This question does not ask for: {', '.join(sorted(missing))}")
        if compiler.get_converters([column[0] for column in compiler.select]):
            raise ValueError("This question brings values that Django converts.")
        fields = compiler.klass_info["select_fields"]
        start, end = fields[0], fields[-1] + 1
        return _Made(
            sql=sql,
            names=names,
            constants=tuple(constants),
            model=compiler.klass_info["model"],
            columns=[column[0].target.attname for column in compiler.select[start:end]],
            start=start,
            end=end,
            related=get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS),
            annotations=dict(compiler.annotation_col_map),
        )

    @staticmethod
    def _object(made: _Made, row: tuple[Any, ...]) -> M:
        """Make the objects as Django's own ModelIterable does: `from_db` sees each, and so does the egress check."""
        found: M = made.model.from_db(DEFAULT_DB_ALIAS, made.columns, row[made.start : made.end])  # type: ignore[assignment]
        for populator in made.related:
            populator.populate(row, found)
        for name, place in made.annotations.items():
            setattr(found, name, row[place])
        return found
