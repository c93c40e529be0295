"""Books shared with teams, and what the database promises of grants.

Nobody has a grant who is no member of the account: one who left, and comes back, has none of those from before. A grant
by a team refers to the share and to its holder's place in the team, and goes with either.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import security.tenancy
from security.operations import Walls, composite_name

GRANTS, SHARES = "addressbook_addressbookuserpermission", "addressbook_teamshare"
# The owner is bound by the policies too (FORCE), and none lets it see a row: they are lifted inside this transaction.
LIFTED = (GRANTS, "accounts_member")
OF_NO_MEMBER = (
    f"DELETE FROM {GRANTS} g WHERE NOT EXISTS (SELECT 1 FROM accounts_member m"  # noqa: S608  (all names are ours)
    " WHERE m.account_id = g.account_id AND m.user_id = g.user_id);"
)
WITHOUT_MEMBER = "\n".join(
    [
        *(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;" for table in LIFTED),
        OF_NO_MEMBER,
        *(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;" for table in LIFTED),
    ]
)


def goes_with(name: str, columns: str, table: str, theirs: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"ALTER TABLE {GRANTS} ADD CONSTRAINT {name} FOREIGN KEY (account_id, {columns}) "
        f"REFERENCES {table} (account_id, {theirs}) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {GRANTS} DROP CONSTRAINT {name}",
    )


SAME_ACCOUNT = composite_name(GRANTS, "team_id")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0022_teams"), ("addressbook", "0011_export_outlives_book")]

    operations = [
        migrations.CreateModel(
            name="TeamShare",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", security.tenancy.AccountField(editable=False)),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("view", "See contacts"),
                            ("change", "Add, change and delete contacts"),
                            ("manage", "Manage the book"),
                        ],
                        max_length=6,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                (
                    "book",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="team_shares",
                        to="addressbook.addressbook",
                    ),
                ),
                (
                    "team",
                    security.tenancy.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.team",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["account_id", "team"], name="team_share_by_team")],
                "constraints": [
                    models.UniqueConstraint(fields=("account_id", "book", "team"), name="team_share_once"),
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["view", "change", "manage"])), name="team_share_level_known"
                    ),
                ],
            },
        ),
        Walls("TeamShare", warrant="sharing"),
        migrations.RemoveConstraint(model_name="addressbookuserpermission", name="address_book_grant_once"),
        migrations.AddField(
            model_name="addressbookuserpermission",
            name="team",
            field=security.tenancy.TenantForeignKey(
                null=True,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.team",
            ),
        ),
        migrations.AddConstraint(
            model_name="addressbookuserpermission",
            constraint=models.UniqueConstraint(
                fields=["account_id", "content_object", "user", "permission", "team"],
                name="address_book_grant_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddIndex(
            model_name="addressbookuserpermission",
            index=models.Index(
                fields=["account_id", "team", "user"],
                condition=~models.Q(team=None),
                name="address_book_grant_by_team",
            ),
        ),
        migrations.RunSQL(
            f"ALTER TABLE {GRANTS} ADD CONSTRAINT {SAME_ACCOUNT} FOREIGN KEY (team_id, account_id) "
            "REFERENCES accounts_team (id, account_id) DEFERRABLE INITIALLY DEFERRED",
            f"ALTER TABLE {GRANTS} DROP CONSTRAINT {SAME_ACCOUNT}",
        ),
        migrations.RunSQL(WITHOUT_MEMBER, migrations.RunSQL.noop),
        goes_with("address_book_grant_of_member_same_account", "user_id", "accounts_member", "user_id"),
        goes_with("address_book_grant_by_share_same_account", "content_object_id, team_id", SHARES, "book_id, team_id"),
        goes_with(
            "address_book_grant_in_team_same_account", "team_id, user_id", "accounts_teammember", "team_id, user_id"
        ),
    ]
