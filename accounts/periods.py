"""How long what belongs to signing in is kept (`security.periods`)."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from security.periods import Part, keeps

_LEFTOVERS = ("accounts.end_leftovers",)

SIGN_IN = keeps(
    Part.PEOPLE,
    _("Your e-mail addresses, your name, your passkeys and other factors, and a scrambled form of your password"),
    _("Kept as long as you can sign in."),
)
SESSIONS = keeps(
    Part.PEOPLE,
    _("Sessions, with the browser and the address from which you signed in"),
    _("They end, counted from the sign-in, or sooner when you do nothing or sign out, and are then removed."),
    lambda: timedelta(seconds=settings.SESSION_COOKIE_AGE),
    jobs=_LEFTOVERS,
)
SIGN_UPS = keeps(
    Part.PEOPLE,
    _("Sign-ups that nobody activated"),
    _("Deleted, counted from the sign-up."),
    lambda: timedelta(days=30),
    jobs=("accounts.expire_sign_ups",),
)
INVITATIONS = keeps(
    Part.PEOPLE,
    _("Invitations to an account that nobody accepted, with the e-mail address"),
    _("Deleted, counted from the invitation."),
    lambda: timedelta(days=30),
    jobs=_LEFTOVERS,
)
LINK_WISHES = keeps(
    Part.PEOPLE,
    _("Wishes to let an integrator act that nobody confirmed"),
    _("Deleted, counted from the wish."),
    lambda: timedelta(days=1),
    jobs=_LEFTOVERS,
)
GIVEN_UP = keeps(
    Part.PEOPLE,
    _("Our mails that could not be sent"),
    _("Deleted, counted from when we gave it up. A mail that was sent is not kept."),
    lambda: timedelta(days=7),
    jobs=(*_LEFTOVERS, "accounts.deliver_waiting_mail"),
)
KEPT_FORMS = keeps(
    Part.PEOPLE,
    _("What you typed when you were signed out, until you sign in again"),
    _("Deleted, counted from when you sent it."),
    lambda: timedelta(hours=1),
)
DEVICES = keeps(
    Part.PEOPLE,
    _("The cookie by which a browser that you used before is known"),
    _("It ends in the browser, counted from the last sign-in there."),
    lambda: timedelta(days=400),
)
COPY_FILE = keeps(
    Part.ACCOUNTS,
    _("Copies of an account that an owner asked for"),
    _(
        "Removed, counted from when the file was ready. Sooner where something that is in it is erased for good, or "
        "whoever asked for it says so or leaves the account."
    ),
    lambda: timedelta(days=1),
    jobs=("accounts.tend_copies",),
)
COPIES = keeps(
    Part.ACCOUNTS,
    _("That a copy of an account was made, and by whom"),
    _("Removed, counted from its end."),
    lambda: timedelta(days=365),
    jobs=("accounts.tend_copies",),
)
CLOSING = keeps(
    Part.ACCOUNTS,
    _("An account that an owner asked to delete: read-only, and any owner can take it back"),
    _(
        "Erased, counted from the request, its key first: books, contacts, shipments, files, API keys, and the sign-in "
        "of members who are in no other account. It waits where an incident that concerns it is being looked into."
    ),
    lambda: timedelta(days=settings.ACCOUNT_DELETION_DAYS),
    jobs=("accounts.close_accounts",),
)
