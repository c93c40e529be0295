"""The walls of everything that knows who people are: our own tables and those of the libraries."""

from django.db import migrations

from security.operations import IdentityWalls, Reference

MEMBER_OF_THE_ACCOUNT = (
    "EXISTS (SELECT 1 FROM accounts_member m WHERE m.user_id = {column} AND m.account_id = (SELECT walls.account()))"
)
OWN_ACCOUNT = "account_id = (SELECT walls.account())"
MINE = "user_id = (SELECT walls.actor())"
ME = "id = (SELECT walls.actor())"
MY_MEMBERSHIPS_ACCOUNT = "EXISTS (SELECT 1 FROM accounts_member m WHERE m.account_id = accounts_account.id AND m.user_id = (SELECT walls.actor()))"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("security", "0002_tables"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("axes", "0010_accessattemptexpiration"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("usersessions", "0001_initial"),
        ("guardian", "0003_remove_groupobjectpermission_guardian_gr_content_ae6aec_idx_and_more"),
    ]
    operations = [
        IdentityWalls(
            "User", visible=f"{ME} OR {MEMBER_OF_THE_ACCOUNT.format(column='accounts_user.id')}", writable=ME
        ),
        IdentityWalls(
            "Account",
            visible=f"id = (SELECT walls.account()) OR {MY_MEMBERSHIPS_ACCOUNT}",
            writable="id = (SELECT walls.account())",
            security_reads=True,
        ),
        IdentityWalls("Member", visible=f"{OWN_ACCOUNT} OR {MINE}", writable=OWN_ACCOUNT, guarded=True),
        IdentityWalls("Invitation", visible=OWN_ACCOUNT, writable=OWN_ACCOUNT, guarded=True),
        IdentityWalls("ApiKey", visible=OWN_ACCOUNT, writable=OWN_ACCOUNT, guarded=True),
        IdentityWalls("OperatorKey"),
        IdentityWalls("django_session"),
        IdentityWalls("django_admin_log", visible=MINE, writable=MINE),
        IdentityWalls("account_emailaddress", visible=MINE, writable=MINE),
        IdentityWalls("account_emailconfirmation"),
        IdentityWalls("mfa_authenticator", visible=MINE),
        IdentityWalls("usersessions_usersession", visible=MINE),
        IdentityWalls("axes_accessattempt"),
        IdentityWalls("axes_accessattemptexpiration"),
        IdentityWalls("axes_accessfailurelog"),
        IdentityWalls("axes_accesslog"),
        # django-guardian's generic tables stay empty: grants are rows of our own models.
        IdentityWalls("guardian_userobjectpermission"),
        IdentityWalls("guardian_groupobjectpermission"),
        Reference("auth_permission", reason="names of rights, no data of anybody", rights="SELECT"),
        Reference("auth_group", reason="not used; nobody may write", rights="SELECT"),
        Reference("auth_group_permissions", reason="not used; nobody may write", rights="SELECT"),
        Reference("django_content_type", reason="names of models, no data of anybody", rights="SELECT"),
    ]
