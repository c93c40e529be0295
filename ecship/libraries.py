"""The views of libraries that the site and the staff console serve, each with its mark and the reason."""

from security.marks import FOREIGN_VIEWS, Door, ForeignView, Mark
from security.permissions import Permission
from security.warrants import Warrant

VIEWS = [
    ForeignView(
        (
            "account_email_verification_sent",
            "account_login",
            "account_signup",
            "account_logout",
            "account_confirm_email",
            "account_reset_password",
            "account_inactive",
            "account_set_password",
            "mfa_authenticate",
            "mfa_login_webauthn",
        ),
        Mark(Door.ENTRANCE),
        "allauth's ways in: nobody is known yet",
    ),
    ForeignView(
        ("account_", "mfa_", "usersessions_"),
        Mark(Door.IDENTITY),
        "allauth's pages about oneself; each asks for its user",
    ),
    ForeignView(
        ("admin:",),
        Mark(Door.STAFF, Permission.STAFF_REFERENCE, frozenset({Warrant.REFERENCE})),
        "Django's admin, for reference data only",
    ),
]


def mark_views() -> None:
    """Give each its mark; called by both lists of root addresses."""
    FOREIGN_VIEWS[:] = VIEWS
