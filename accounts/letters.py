"""What our mails say: subject, text and link, in the language of whoever reads it. Runs in the identity context.

Links are made here, from rows, when the mail goes: no queue and no table holds one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import closing as ending
from accounts import recovery as lost
from accounts import sign_ups, strangers
from accounts.integrators.models import IntegratorLink
from accounts.models import Account, FactorRecovery, Invitation, Member, OutgoingMail, SignUp, User
from accounts.roles import Role
from accounts.whereabouts import browser_of
from security.texts import isolated

Kind = OutgoingMail.Kind
# What a mail says of a change, as subject and as sentence.
NOTICES = {
    Kind.PASSWORD_CHANGED: (
        _("Your password was changed"),
        _("The password of your ECShip account was changed."),
    ),
    Kind.PASSWORD_SET: (
        _("A password was set"),
        _("A password was set for your ECShip account."),
    ),
    Kind.PASSWORD_RESET: (
        _("Your password was reset"),
        _("The password of your ECShip account was set anew, by a link that we mailed to you."),
    ),
    Kind.EMAIL_CONFIRM: (
        _("A further e-mail address is confirmed"),
        _("A further e-mail address was confirmed for your ECShip account. It opens the account as well."),
    ),
    Kind.EMAIL_CHANGED: (
        _("Your e-mail address was changed"),
        _("The e-mail address of your ECShip account was changed."),
    ),
    Kind.EMAIL_DELETED: (
        _("An e-mail address was removed"),
        _("An e-mail address was removed from your ECShip account."),
    ),
    Kind.TOTP_ACTIVATED: (
        _("An authenticator app was added"),
        _("Signing in now asks for a code of your app."),
    ),
    Kind.TOTP_DEACTIVATED: (
        _("The authenticator app was removed"),
        _("Signing in does not ask for a code of your app any more."),
    ),
    Kind.WEBAUTHN_ADDED: (
        _("A passkey was added"),
        _("A passkey was added to your ECShip account."),
    ),
    Kind.WEBAUTHN_REMOVED: (
        _("A passkey was removed"),
        _("A passkey was removed from your ECShip account."),
    ),
    Kind.RECOVERY_CODES_GENERATED: (
        _("New recovery codes were made"),
        _("New recovery codes were made for your ECShip account. The older ones are worth nothing now."),
    ),
    Kind.COMPANY_LINKED: (
        _("You signed in with your company for the first time"),
        _(
            "From now on your company’s sign-in opens your company’s account for you here. It opens nothing else of "
            "yours. If it was not you, tell whoever runs your company’s sign-in."
        ),
    ),
    Kind.RECOVERY_CODE_USED: (
        _("A recovery code was used"),
        _("One of your recovery codes was used in place of your second factor. It does not work again."),
    ),
}
# What a mail says of a change in an account: who did it, in which account, and about whom or what.
ACCOUNT_NOTICES = {
    Kind.KEY_MADE: (
        _("An API key was made"),
        _("%(who)s made the API key “%(about)s” for the account “%(account)s”."),
    ),
    Kind.KEY_ENDED: (
        _("An API key was ended"),
        _("%(who)s ended the API key “%(about)s” of the account “%(account)s”."),
    ),
    Kind.INTEGRATOR_LINKED: (
        _("An integrator may act for somebody"),
        _("%(who)s lets the integrator “%(about)s” act for them. This mail is about the account “%(account)s”."),
    ),
    Kind.INTEGRATOR_UNLINKED: (
        _("An integrator may not act any more"),
        _("The integrator “%(about)s” may not act in the account “%(account)s” any more. It was done by %(who)s."),
    ),
    Kind.INTEGRATOR_MADE: (
        _("An integrator was made"),
        _("%(who)s made the integrator “%(about)s” for the account “%(account)s”."),
    ),
    Kind.INTEGRATOR_KEY: (
        _("An integrator has a new key"),
        _("%(who)s made a new key for the integrator “%(about)s” of the account “%(account)s”. The old one is void."),
    ),
    Kind.INTEGRATOR_ENDED: (
        _("An integrator was ended"),
        _("%(who)s ended the integrator “%(about)s” of the account “%(account)s”."),
    ),
    Kind.MEMBER_INVITED: (
        _("Somebody was invited to your account"),
        _("%(who)s invited %(about)s to the account “%(account)s”."),
    ),
    Kind.MEMBER_JOINED: (
        _("Somebody joined your account"),
        _("%(about)s is now a member of the account “%(account)s”."),
    ),
    Kind.MEMBER_GONE: (
        _("A member was removed"),
        _("%(about)s is no longer a member of the account “%(account)s”. It was done by %(who)s."),
    ),
    Kind.ROLE_CHANGED: (
        _("A role was changed"),
        _("%(who)s changed the role of %(about)s in the account “%(account)s”."),
    ),
    Kind.ACCOUNT_DELETED: (
        _("An account was deleted"),
        _("The account “%(account)s” was deleted as asked, with its address books, shipments and keys."),
    ),
    Kind.FACTOR_REQUIRED: (
        _("A second factor is asked for"),
        _(
            "%(who)s asks all members of the account “%(account)s” to sign in with a second factor, from %(about)s on. "
            "If you have none yet, set up a passkey or an authenticator app in your settings before then: without one "
            "you can do nothing in this account, and API keys that you made for it rest."
        ),
    ),
    Kind.FACTOR_NOT_REQUIRED: (
        _("A second factor is not asked for any more"),
        _("%(who)s does not ask the members of the account “%(account)s” for a second factor any more."),
    ),
    Kind.CONTACTS_EXPORTED: (
        _("Contacts of your account were exported"),
        _("%(who)s asked for a file with contacts of the account “%(account)s”. Number of contacts: %(about)s."),
    ),
    Kind.ACCOUNT_COPIED: (
        _("A copy of your account was asked for"),
        _("%(who)s asked for a file with everything that is held of the account “%(account)s”."),
    ),
    Kind.WEBHOOK_MADE: (
        _("A webhook was made"),
        _(
            "%(who)s made the webhook “%(about)s” for the account “%(account)s”. Its receiver is told when shipments "
            "are booked, are cancelled and move."
        ),
    ),
    Kind.WEBHOOK_CHANGED: (
        _("A webhook was changed"),
        _("%(who)s gave the webhook “%(about)s” of the account “%(account)s” another address or another secret."),
    ),
    Kind.WEBHOOK_DELETED: (
        _("A webhook was deleted"),
        _("%(who)s deleted the webhook “%(about)s” of the account “%(account)s”."),
    ),
    Kind.WEBHOOK_OFF: (
        _("A webhook was switched off"),
        _(
            "The webhook “%(about)s” of the account “%(account)s” was switched off: its receiver does not want to be "
            "told any more, or nothing has arrived there for three days. What happens to shipments is not told until "
            "an owner switches it on."
        ),
    ),
}


def write(mail: OutgoingMail) -> EmailMessage | None:
    """Write a mail; None where there is nothing to say any more. Its id is the same however often it is written."""
    default = account_notice if mail.kind in ACCOUNT_NOTICES else notice
    writer = WRITERS.get(Kind(mail.kind), default)
    with translation.override(mail.language):
        if (letter := writer(mail)) is None:
            return None
        subject, body = letter
    headers = {
        "Message-ID": f"<{mail.pk}@{urlsplit(settings.SITE_ADDRESS).hostname}>",
        "Auto-Submitted": "auto-generated",
    }
    return EmailMessage(subject, body, to=[mail.email], headers=headers)


def confirm(mail: OutgoingMail) -> tuple[str, str] | None:
    """The link that confirms one more address of somebody's."""
    address = EmailAddress.objects.filter(pk=mail.data["address"], verified=False).select_related("user").first()
    if address is None:
        return None
    link = page("account_confirm_email", EmailConfirmationHMAC(address).key)
    return gettext("Confirm your e-mail address"), text("confirm", link=link)


def activate(mail: OutgoingMail) -> tuple[str, str] | None:
    """The link that opens an account, where its reader chooses a password."""
    wish = SignUp.objects.filter(pk=mail.data["sign_up"]).first()
    return activation(wish) if wish else None


def activation(wish: SignUp) -> tuple[str, str]:
    link = page("accounts:activate", wish.token)
    return gettext("Activate your ECShip account"), text("activate", link=link)


def exists(mail: OutgoingMail) -> tuple[str, str]:
    """Somebody signs up with an e-mail that has an account."""
    links = {"sign_in": page("account_login"), "reset": page("account_reset_password")}
    return gettext("You already have an ECShip account"), text("exists", **links)


def reset(mail: OutgoingMail) -> tuple[str, str]:
    """The link that sets a new password; the one that activates; or that there is none: staff ask a colleague."""
    user = User.objects.holder_of(mail.email)
    if user is None and (wish := sign_ups.latest(mail.email, now=timezone.now())):
        return activation(wish)
    if user is None or not user.is_active or user.is_staff:
        return gettext("No ECShip account with this address"), text("unknown", link=page("account_signup"))
    with translation.override(user.language):
        key = default_token_generator.make_token(user)
        link = page("account_reset_password_from_key", user_pk_to_url_str(user), key)
        return gettext("Set a new password for ECShip"), text("reset", link=link)


def invitation(mail: OutgoingMail) -> tuple[str, str] | None:
    found = Invitation.objects.filter(pk=mail.data["invitation"]).first()
    if found is None:
        return None
    reader = User.objects.holder_of(mail.email)
    with translation.override(reader.language if reader else mail.language):
        link = page("accounts:join", found.token)
        return gettext("You are invited to an ECShip account"), text(
            "invitation", link=link, role=found.get_role_display()
        )


def integrator(mail: OutgoingMail) -> tuple[str, str] | None:
    """The link by which somebody lets an integrator act for them, or that nobody is called so."""
    if not mail.data["link"]:
        name = isolated(mail.data["name"])
        link = page("accounts:let-integrator")
        return gettext("There is no such integrator"), text("no_integrator", integrator=name, link=link)
    wish = IntegratorLink.objects.filter(pk=mail.data["link"], confirmed_at=None).first()
    if wish is None:
        return None
    return gettext("Confirm that an integrator may act for you"), text(
        "integrator", link=page("accounts:confirm-integrator", wish.token)
    )


def notice(mail: OutgoingMail) -> tuple[str, str]:
    """That something about signing in was changed: when, from where, and what to do if it was somebody else."""
    subject, sentence = NOTICES[Kind(mail.kind)]
    at = timezone.localtime(datetime.fromisoformat(mail.data["at"]))
    where = _where(User.objects.holder_of(mail.email))
    return str(subject), text("notice", sentence=sentence, mail=mail.data, at=at, **where)


def new_device(mail: OutgoingMail) -> tuple[str, str] | None:
    """That somebody signed in on a browser unknown to us, and the link that says it was somebody else."""
    user = User.objects.holder_of(mail.email)
    if user is None:
        return None
    at = timezone.localtime(datetime.fromisoformat(mail.data["at"]))
    browser, link = browser_of(mail.data["browser"]), page("not_me", strangers.token_for(user))
    return gettext("New sign-in to your ECShip account"), text(
        "new_device", **{**_where(user), "mail": mail.data, "at": at, "browser": browser, "link": link}
    )


def recovery(mail: OutgoingMail) -> tuple[str, str] | None:
    """That somebody wants in without a second factor, and what became of it; nothing that time has overtaken."""
    wish = FactorRecovery.objects.filter(pk=mail.data["wish"]).first()
    is_open = mail.kind in {Kind.RECOVERY_ASKED, Kind.RECOVERY_READY}
    if wish is None or is_open != (wish.state == FactorRecovery.State.WAITING):
        return None
    stop = page("stop_recovery", lost.token_for(wish, "stop"))
    finish = page("finish_recovery", lost.token_for(wish, "finish"))
    reset = page("account_reset_password")
    match Kind(mail.kind):
        case Kind.RECOVERY_ASKED:
            return gettext("Somebody wants to remove your second factor"), text("recovery_asked", wish=wish, link=stop)
        case Kind.RECOVERY_READY:
            return gettext("Remove your second factor"), text("recovery_ready", wish=wish, finish=finish, stop=stop)
        case Kind.RECOVERY_STOPPED:
            return gettext("Your second factor stays"), text("recovery_stopped", wish=wish, link=reset)
        case _:
            return gettext("Your second factors were removed"), text("recovery_done", link=reset)


def account_notice(mail: OutgoingMail) -> tuple[str, str]:
    """That something in an account was changed, and where to look."""
    subject, sentence = ACCOUNT_NOTICES[Kind(mail.kind)]
    at = timezone.localtime(datetime.fromisoformat(mail.data["at"]))
    about = mail.data["about"]
    values = {name: isolated(mail.data[name]) for name in ("who", "account")}
    words = str(sentence) % {
        **values,
        "about": _moment(about) if mail.kind == Kind.FACTOR_REQUIRED else isolated(about),
    }
    return str(subject), text("account_notice", sentence=words, mail=mail.data, at=at, link=page("accounts:overview"))


def closing(mail: OutgoingMail) -> tuple[str, str] | None:
    """That an account is to be deleted, with an owner's link that stops it; nothing that time has overtaken."""
    account = Account.objects.filter(pk=mail.data["account"]).first()
    if account is None or account.closing_at is None:
        return None
    owners = Member.objects.filter(account=account, user_id=mail.data["user"], role=Role.OWNER)
    stop = page("keep_account", ending.token_for(account, UUID(mail.data["user"]))) if owners.exists() else ""
    words = {"account": isolated(account.name), "at": timezone.localtime(account.closing_at)}
    is_soon = mail.kind == Kind.CLOSING_SOON
    subject = gettext("Your account is deleted soon") if is_soon else gettext("An account is to be deleted")
    return subject, text("closing", **words, link=stop or page("accounts:overview"), is_owner=bool(stop))


def closing_stopped(mail: OutgoingMail) -> tuple[str, str]:
    """That an account stays after all."""
    account = isolated(mail.data["name"])
    return gettext("An account stays"), text("closing_stopped", account=account, link=page("accounts:overview"))


def sign_in_closed(mail: OutgoingMail) -> tuple[str, str]:
    """That somebody is gone from the site: to where they could be reached."""
    return gettext("Your sign-in was removed"), text("sign_in_closed", link=page("account_signup"))


def suspended(mail: OutgoingMail) -> tuple[str, str]:
    """That somebody's access is suspended, until when, and how to appeal. It does not say what was noticed."""
    at, until = (
        timezone.localtime(datetime.fromisoformat(mail.data[name])) if mail.data[name] else None
        for name in ("at", "until")
    )
    link = page("suspension:appeal", mail.data["token"])
    return gettext("Your access to ECShip is suspended"), text("suspended", at=at, until=until, link=link)


def released(mail: OutgoingMail) -> tuple[str, str]:
    """That somebody may act again: they sign in anew, and their keys work."""
    where = _where(User.objects.holder_of(mail.email))
    link = where["home"] if where["is_staff"] else page("account_login")
    return gettext("Your access to ECShip works again"), text("released", **{**where, "link": link})


def _where(reader: User | None) -> dict[str, Any]:
    """Return where a reader signs in, and sets a new password: staff in the console, by a link from a colleague."""
    if reader is not None and reader.is_staff:
        home = settings.CONSOLE_ADDRESS.rstrip("/") + reverse("console:dashboard", urlconf=settings.CONSOLE_URLCONF)
        return {"is_staff": True, "home": home, "link": ""}
    return {"is_staff": False, "home": page("home"), "link": page("account_reset_password")}


def appeal_answered(mail: OutgoingMail) -> tuple[str, str]:
    """What staff answer to an appeal, in their own words, framed in the reader's language."""
    words = mail.data["words"]
    return gettext("Our answer to your appeal"), text("appeal_answered", words=words, link=page("account_login"))


def _moment(text: str) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(text)), "DATETIME_FORMAT")


WRITERS = {
    Kind.SUSPENDED: suspended,
    Kind.CLOSING_ASKED: closing,
    Kind.CLOSING_SOON: closing,
    Kind.CLOSING_STOPPED: closing_stopped,
    Kind.SIGN_IN_CLOSED: sign_in_closed,
    Kind.RELEASED: released,
    Kind.APPEAL_ANSWERED: appeal_answered,
    Kind.CONFIRM: confirm,
    Kind.EXISTS: exists,
    Kind.ACTIVATE: activate,
    Kind.RESET: reset,
    Kind.INVITATION: invitation,
    Kind.NEW_DEVICE: new_device,
    Kind.INTEGRATOR_ASKED: integrator,
    **dict.fromkeys([Kind.RECOVERY_ASKED, Kind.RECOVERY_READY, Kind.RECOVERY_STOPPED, Kind.RECOVERY_DONE], recovery),
}


def page(name: str, *parts: str) -> str:
    """Return the whole address of a page, in the language that is active."""
    return settings.SITE_ADDRESS.rstrip("/") + reverse(name, args=parts)


def text(name: str, **context: Any) -> str:
    return render_to_string(f"accounts/mail/{name}.txt", {"home": page("home"), **context}).strip() + "\n"
