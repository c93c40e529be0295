"""Migration operations that give a table its walls, in one line each.

`Walls("Contact")` for a customer's row; `IdentityWalls("table", ...)` for tables of signing in;
`Reference("Service", reason=...)` for what belongs to nobody; `SecurityTable("Incident")` for what only the security
role writes. A table without one of them has no grant, so the runtime
role cannot touch it, and the catalogue test names it.

Writing a reference table asks for a warrant (`security.warrants`); any other table can ask for one as well, with the
option `warrant` or, when it stands already, by `AskWarrant("ApiKey", warrant="keys")`.
"""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from security.tenancy import TenantForeignKey

APP_ROLE, SECURITY_ROLE = "ecship_app", "ecship_security"
OWN_ROWS = "account_id = (SELECT walls.account())"
IDENTITY = "(SELECT walls.is_identity())"
ALL_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
POLICIES = (
    "looked_up",
    "app",
    "app_read",
    "app_insert",
    "app_update",
    "security",
    "warrant_insert",
    "warrant_update",
    "warrant_delete",
)
TRIGGERS = ("writeguard", "writeguard_warrant")


class TableOperation(Operation):
    """What the three have in common: SQL for one table, undone by dropping policies, trigger and grants."""

    reversible = True
    category = OperationCategory.SQL

    def __init__(self, name: str, **options: Any) -> None:
        self.name, self.options = name, options

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.name], self.options

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def table(self, app_label: str, apps: Apps) -> str:
        return self.name if "_" in self.name else apps.get_model(app_label, self.name)._meta.db_table

    def statements(self, table: str, model: type[models.Model] | None) -> list[str]:
        raise NotImplementedError

    def model(self, app_label: str, apps: Apps) -> type[models.Model] | None:
        return None if "_" in self.name else apps.get_model(app_label, self.name)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = self.table(app_label, to_state.apps)
        for statement in self.statements(table, self.model(app_label, to_state.apps)):
            schema_editor.execute(statement)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = self.table(app_label, from_state.apps)
        for policy in POLICIES:
            schema_editor.execute(f'DROP POLICY IF EXISTS {policy} ON "{table}"')
        for trigger in TRIGGERS:
            schema_editor.execute(f'DROP TRIGGER IF EXISTS {trigger} ON "{table}"')
        schema_editor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
        schema_editor.execute(f'REVOKE ALL ON "{table}" FROM {APP_ROLE}, {SECURITY_ROLE}')

    def describe(self) -> str:
        return f"{self.__class__.__name__} for {self.name}"


def forced(table: str) -> list[str]:
    return [f'ALTER TABLE "{table}" {how} ROW LEVEL SECURITY' for how in ("ENABLE", "FORCE")]


def policy(table: str, name: str, role: str, *, using: str = "", check: str = "", verb: str = "ALL") -> str:
    parts = f'CREATE POLICY {name} ON "{table}" FOR {verb} TO {role}'
    if using:
        parts += f" USING ({using})"
    if check:
        parts += f" WITH CHECK ({check})"
    return parts


def asking(table: str, warrant: str, *, identity: bool = False) -> list[str]:
    """Return what makes every write ask for a warrant, twice: by policies that are added to all others, and by a guard.

    `identity`: the identity context may write without. Reading asks for nothing and costs nothing.
    """
    held = f"(SELECT walls.holds('{warrant}'))" + (f" OR {IDENTITY}" if identity else "")
    arguments = f"'{warrant}'" + (", 'identity'" if identity else "")
    clauses = {"INSERT": f"WITH CHECK ({held})", "UPDATE": f"USING ({held})", "DELETE": f"USING ({held})"}
    trigger = f'CREATE TRIGGER writeguard_warrant BEFORE INSERT OR UPDATE OR DELETE ON "{table}" FOR EACH STATEMENT'
    return [
        *(
            f'CREATE POLICY warrant_{verb.lower()} ON "{table}" AS RESTRICTIVE FOR {verb} TO {APP_ROLE} {clause}'
            for verb, clause in clauses.items()
        ),
        f"{trigger} EXECUTE FUNCTION walls.guard_warrant({arguments})",
    ]


def not_asking(table: str) -> list[str]:
    return [
        *(f'DROP POLICY warrant_{verb} ON "{table}"' for verb in ("insert", "update", "delete")),
        f'DROP TRIGGER writeguard_warrant ON "{table}"',
    ]


class Walls(TableOperation):
    """All walls of a tenant table: RLS, write guard, (id, account_id) unique, composite foreign keys, grants.

    Options: `append_only` (no UPDATE or DELETE for the runtime role), `security_reads` (the security role may read it),
    `account_table` (what account_id refers to; empty for the ground floor's own tables, which hold bare ids),
    `warrant` (what writing asks for beside the account).
    """

    def statements(self, table: str, model: type[models.Model] | None) -> list[str]:
        assert model is not None
        append_only, account_table = (
            self.options.get("append_only"),
            self.options.get("account_table", "accounts_account"),
        )
        rights = "SELECT, INSERT" if append_only else ALL_RIGHTS
        statements = [
            *forced(table),
            policy(table, "app", APP_ROLE, using=OWN_ROWS, check=OWN_ROWS),
            f'GRANT {rights} ON "{table}" TO {APP_ROLE}',
            guard(table),
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_id_account" UNIQUE (id, account_id)',
        ]
        if account_table:
            statements.append(
                f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_account" FOREIGN KEY (account_id) '
                f'REFERENCES "{account_table}" (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED'
            )
        statements += composite_keys(table, model)
        if warrant := self.options.get("warrant"):
            statements += asking(table, warrant)
        if account_table:
            statements += looked_up(table)
        if self.options.get("security_reads"):
            statements += [
                policy(table, "security", SECURITY_ROLE, using="true", verb="SELECT"),
                f'GRANT SELECT ON "{table}" TO {SECURITY_ROLE}',
            ]
        return statements


def looked_up(table: str) -> list[str]:
    """Let the security role ask whose an id is: afterwards, for whoever asked for what is not theirs."""
    return [
        f'GRANT SELECT (id, account_id) ON "{table}" TO {SECURITY_ROLE}',
        f'DROP POLICY IF EXISTS looked_up ON "{table}"',
        policy(table, "looked_up", SECURITY_ROLE, using="true", verb="SELECT"),
    ]


class LookedUp(TableOperation):
    """For a table that had its walls before they came with this: the security role may ask whose an id is."""

    def statements(self, table: str, model: type[models.Model] | None) -> list[str]:
        return looked_up(table)

    def database_backwards(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the table's own operation takes it away."""


def guard(table: str, *arguments: str) -> str:
    listed = ", ".join(f"'{argument}'" for argument in arguments)
    return (
        f'CREATE TRIGGER writeguard BEFORE INSERT OR UPDATE OR DELETE ON "{table}" '
        f"FOR EACH ROW EXECUTE FUNCTION walls.guard({listed})"
    )


def composite_name(table: str, column: str) -> str:
    """Return the constraint's name, short enough for PostgreSQL's 63 characters."""
    return f"{table[:28]}_{column[:20]}_same_account"


def composite_keys(table: str, model: type[models.Model]) -> list[str]:
    """Return one statement for each tenant reference: the row named must be of the same account."""
    return [
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{composite_name(table, field.column)}" '
        f'FOREIGN KEY ("{field.column}", account_id) '
        f'REFERENCES "{field.related_model._meta.db_table}" (id, account_id) '
        "DEFERRABLE INITIALLY DEFERRED"
        for field in model._meta.local_fields
        if isinstance(field, TenantForeignKey) and isinstance(field.related_model, type)
    ]


class IdentityWalls(TableOperation):
    """A table of signing in: all rows in the identity context, else what `visible` (SQL) says.

    `writable` (SQL) says what an account's or a person's context may write; nothing unless given. `guarded` adds the
    write guard for tables with an account_id; `security_reads` lets the security role read; `warrant` is what an
    account's or a person's context must have to write.
    """

    def statements(self, table: str, model: type[models.Model] | None) -> list[str]:
        visible, writable = self.options.get("visible", "false"), self.options.get("writable", "false")
        statements = [
            *forced(table),
            policy(table, "app_read", APP_ROLE, using=f"{IDENTITY} OR {visible}", verb="SELECT"),
            policy(table, "app", APP_ROLE, using=f"{IDENTITY} OR {writable}", check=f"{IDENTITY} OR {writable}"),
            f'GRANT {ALL_RIGHTS} ON "{table}" TO {APP_ROLE}',
        ]
        if self.options.get("guarded"):
            statements += [guard(table, "identity"), *looked_up(table)]
        if warrant := self.options.get("warrant"):
            statements += asking(table, warrant, identity=True)
        if self.options.get("security_reads"):
            statements += [
                policy(table, "security", SECURITY_ROLE, using="true", verb="SELECT"),
                f'GRANT SELECT ON "{table}" TO {SECURITY_ROLE}',
            ]
        return statements


class SecurityTable(TableOperation):
    """A table that the security role alone writes, and the runtime role does not reach unless something is said.

    Options: `rights` of the security role; `visible` (SQL), what the runtime role may read; `marks`, columns that the
    runtime role may change in the identity context; `tenant` for a `TenantModel`. The write guard lets the runtime role
    write nothing, not even with row-level security away, but for those columns.
    """

    def statements(self, table: str, model: type[models.Model] | None) -> list[str]:
        rights, visible, marks = (self.options.get(name, default) for name, default in _OF_SECURITY)
        statements = [
            *forced(table),
            policy(table, "security", SECURITY_ROLE, using="true", check="true"),
            f'GRANT {rights} ON "{table}" TO {SECURITY_ROLE}',
        ]
        if visible:
            statements += [
                policy(table, "app_read", APP_ROLE, using=visible, verb="SELECT"),
                f'GRANT SELECT ON "{table}" TO {APP_ROLE}',
            ]
        if marks:
            statements += [
                policy(table, "app_update", APP_ROLE, using=IDENTITY, check=IDENTITY, verb="UPDATE"),
                f'GRANT UPDATE ({", ".join(marks)}) ON "{table}" TO {APP_ROLE}',
            ]
        argument = "'identity'" if marks else ""
        statements.append(
            f'CREATE TRIGGER writeguard BEFORE INSERT OR UPDATE OR DELETE ON "{table}" '
            f"FOR EACH ROW EXECUTE FUNCTION walls.guard_of_security({argument})"
        )
        if self.options.get("tenant"):
            statements.append(f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_id_account" UNIQUE (id, account_id)')
        return statements


_OF_SECURITY: tuple[tuple[str, Any], ...] = (("rights", "SELECT, INSERT, UPDATE"), ("visible", ""), ("marks", ()))


class Reference(TableOperation):
    """A table that belongs to nobody, with a reason. Everybody reads it; writing asks for `warrant`.

    `rights`: the runtime role's. The owner (migrations) is not bound, since row-level security is not forced here.
    """

    def statements(self, table: str, model: type[models.Model] | None) -> list[str]:
        reason, rights = self.options["reason"].replace("'", "''"), self.options.get("rights", ALL_RIGHTS)
        warrant = self.options.get("warrant", "reference")
        return [
            f'GRANT {rights} ON "{table}" TO {APP_ROLE}',
            f'GRANT SELECT ON "{table}" TO {SECURITY_ROLE}',
            # Both values are written in a migration, by us.
            f"INSERT INTO security_unscopedtable VALUES ('{table}', '{reason}') ON CONFLICT DO NOTHING",  # noqa: S608
            *(for_everybody(table, warrant) if warrant and rights != "SELECT" else []),
        ]


def for_everybody(table: str, warrant: str) -> list[str]:
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        policy(table, "app", APP_ROLE, using="true", check="true"),
        policy(table, "security", SECURITY_ROLE, using="true", verb="SELECT"),
        *asking(table, warrant),
    ]


class AskWarrant(TableOperation):
    """Let writing a table that stands already ask for a warrant: one of its own walls, or a `reference` table.

    `identity`: the identity context may write without.
    """

    def statements(self, table: str, model: type[models.Model] | None) -> list[str]:
        warrant = self.options["warrant"]
        if self.options.get("reference"):
            return for_everybody(table, warrant)
        return asking(table, warrant, identity=self.options.get("identity", False))

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = self.table(app_label, from_state.apps)
        statements = not_asking(table)
        if self.options.get("reference"):
            statements += [f'DROP POLICY {name} ON "{table}"' for name in ("app", "security")]
            statements.append(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
        for statement in statements:
            schema_editor.execute(statement)
