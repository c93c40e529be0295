"""People who signed up and never opened their link are removed: the password that was typed may be a stranger's.

Their account had no member but them and holds nothing; its data key goes first. They sign up again. A wish for an
account whose mail waits with such a password goes as well.
"""

from django.db import migrations

# The owner is bound by the policies too (FORCE), and none lets it see a row: they are lifted inside this transaction.
TABLES = ("accounts_user", "accounts_account", "accounts_member", "accounts_outgoingmail", "account_emailaddress",
          "security_accountkey", "security_livestate")  # fmt: skip
NEVER = """
CREATE TEMPORARY TABLE never_activated ON COMMIT DROP AS
    SELECT u.id AS user_id, m.account_id
    FROM accounts_user u LEFT JOIN accounts_member m ON m.user_id = u.id AND m.role = 'owner'
      AND NOT EXISTS (SELECT 1 FROM accounts_member o WHERE o.account_id = m.account_id AND o.user_id <> u.id)
    WHERE u.staff_role = '' AND u.last_login IS NULL
      AND EXISTS (SELECT 1 FROM account_emailaddress e WHERE e.user_id = u.id AND e."primary" AND NOT e.verified)
      AND NOT EXISTS (SELECT 1 FROM account_emailaddress e WHERE e.user_id = u.id AND e.verified)
"""
FORWARDS = "\n".join(
    [
        *(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;" for table in TABLES),
        NEVER + ";",
        "DELETE FROM security_accountkey WHERE account_id IN (SELECT account_id FROM never_activated);",
        "DELETE FROM accounts_member WHERE user_id IN (SELECT user_id FROM never_activated);",
        "DELETE FROM accounts_account WHERE id IN (SELECT account_id FROM never_activated);",
        "DELETE FROM account_emailaddress WHERE user_id IN (SELECT user_id FROM never_activated);",
        "DELETE FROM security_livestate WHERE actor_id IN (SELECT user_id FROM never_activated);",
        "DELETE FROM accounts_user WHERE id IN (SELECT user_id FROM never_activated);",
        "DELETE FROM accounts_outgoingmail WHERE kind = 'sign_up';",
        "SET CONSTRAINTS ALL IMMEDIATE;",
        *(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;" for table in TABLES),
    ]
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_sign_ups"), ("security", "0004_enter")]
    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
