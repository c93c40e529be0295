"""People and memberships are written by signing in, signing up and joining alone.

In an account's context an injected statement could otherwise raise its own staff role, claim an e-mail, or make a
stranger a member and so read them. There a role may change, and a membership may end.
"""

from django.db import migrations, models

IDENTITY = "(SELECT walls.is_identity())"
MEMBER = f"{IDENTITY} OR account_id = (SELECT walls.account())"

FORWARDS = f"""
DROP POLICY app ON accounts_user;
CREATE POLICY app ON accounts_user FOR ALL TO ecship_app USING ({IDENTITY}) WITH CHECK ({IDENTITY});
DROP POLICY app ON account_emailaddress;
CREATE POLICY app ON account_emailaddress FOR ALL TO ecship_app USING ({IDENTITY}) WITH CHECK ({IDENTITY});
DROP POLICY app ON accounts_member;
CREATE POLICY app_insert ON accounts_member FOR INSERT TO ecship_app WITH CHECK ({IDENTITY});
CREATE POLICY app_update ON accounts_member FOR UPDATE TO ecship_app USING ({MEMBER}) WITH CHECK ({MEMBER});
CREATE POLICY app_delete ON accounts_member FOR DELETE TO ecship_app USING ({MEMBER});
REVOKE UPDATE ON accounts_member FROM ecship_app;
GRANT UPDATE (role) ON accounts_member TO ecship_app;
"""
BACKWARDS = f"""
REVOKE UPDATE (role) ON accounts_member FROM ecship_app;
GRANT UPDATE ON accounts_member TO ecship_app;
DROP POLICY app_delete ON accounts_member;
DROP POLICY app_update ON accounts_member;
DROP POLICY app_insert ON accounts_member;
CREATE POLICY app ON accounts_member FOR ALL TO ecship_app USING ({MEMBER}) WITH CHECK ({MEMBER});
DROP POLICY app ON account_emailaddress;
CREATE POLICY app ON account_emailaddress FOR ALL TO ecship_app
    USING ({IDENTITY} OR user_id = (SELECT walls.actor())) WITH CHECK ({IDENTITY} OR user_id = (SELECT walls.actor()));
DROP POLICY app ON accounts_user;
CREATE POLICY app ON accounts_user FOR ALL TO ecship_app
    USING ({IDENTITY} OR id = (SELECT walls.actor())) WITH CHECK ({IDENTITY} OR id = (SELECT walls.actor()));
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_find_key")]
    operations = [
        migrations.AlterField("user", "password", models.CharField(max_length=300)),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
