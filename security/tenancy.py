"""The base of every row that belongs to a customer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4

from django.db import models
from django_scopes import ScopedManager

from security import egress, scope


class AccountField(models.UUIDField):  # type: ignore[type-arg]
    """The account a row belongs to: that of the scope in which the row is made."""

    def pre_save(self, model_instance: models.Model, add: bool) -> UUID | None:
        value: UUID | None = getattr(model_instance, self.attname)
        if value is None:
            value = scope.current().account
            setattr(model_instance, self.attname, value)
        return value


class WitnessedModel(models.Model):
    """A row with an account_id whose making is seen by the egress check."""

    class Meta:
        abstract = True

    def __setstate__(self, state: dict[str, Any]) -> None:
        """A row that comes out of a cache is witnessed like one that comes out of the database."""
        super().__setstate__(state)  # type: ignore[misc]  # the stubs do not know it
        egress.witness(self)

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any]) -> Self:
        instance = super().from_db(db, field_names, values)
        egress.witness(instance)
        return instance


class TenantModel(WitnessedModel):
    """A row of one account: random id, the account's id, a manager that answers inside a scope only.

    Its table gets its database walls by one line in its migration: `security.operations.Walls("ModelName")`.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account_id = AccountField(editable=False)

    objects: ClassVar[models.Manager[Self]] = ScopedManager(account="account_id")

    class Meta:
        abstract = True


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A reference to another tenant row. The database constraint is (id, account_id): a foreign id cannot be named."""

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False  # the composite constraint comes with the migration operation
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs
