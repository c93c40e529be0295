from typing import Any
from uuid import UUID

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from allauth.account import signals
        from allauth.mfa import signals as mfa_signals

        from accounts import affected, console, factors, holders, kept_forms, recovery, sessions, sign_in_log, step_up
        from accounts.copies import ours
        from security import exposure, trail
        from security.detection import hooks

        hooks.HOLDERS[:] = [holders.Holders()]
        hooks.STEP_UP[:] = [holders.shows_who_they_are]
        hooks.TYPED[:] = [kept_forms.typed]
        hooks.TYPED_AT[:] = [
            lambda request, name, **parameters: kept_forms.typed_at(request, kept_forms.name_of(name, **parameters))
        ]
        exposure.find_person.append(person_of)
        trail.gives("account", ["name"])
        trail.gives("member", ["name", "email"])
        trail.gives("team", ["name"])
        trail.gives("invitation", ["email"])
        trail.gives("api_key", ["name"])
        trail.gives("integrator", ["name"])
        trail.gives("integrator_link", ["name", "email"])
        trail.gives("account_copy", [])
        trail.gives("account_deletion", [])
        ours.register()
        affected.register()
        console.register()
        sessions.hash_keys()
        user_logged_in.connect(remember_epoch, dispatch_uid="accounts.remember_epoch")
        user_logged_out.connect(sign_in_log.note_sign_out, dispatch_uid="accounts.note_sign_out")
        for signal in (signals.password_changed, signals.password_set, signals.password_reset):
            signal.connect(know_the_device, dispatch_uid="accounts.know_the_device")
        signals.authentication_step_completed.connect(step_up.renew_session, dispatch_uid="accounts.renew_session")
        signals.password_reset.connect(forgive_guesses, dispatch_uid="accounts.forgive_guesses")
        signals.email_confirmed.connect(tell_of_address, dispatch_uid="accounts.tell_of_address")
        mfa_signals.authenticator_added.connect(factors.end_older_sessions, dispatch_uid="accounts.end_older_sessions")
        mfa_signals.authenticator_used.connect(recovery.stop_by_factor, dispatch_uid="accounts.stop_by_factor")
        mfa_signals.authenticator_used.connect(factors.tell_of_used_code, dispatch_uid="accounts.tell_of_used_code")


def person_of(address: str) -> UUID | None:
    """Return whoever signs in with an e-mail address, for whoever looks into what they did."""
    from allauth.account.models import EmailAddress

    from security import scope

    with scope.identity():
        found: UUID | None = (
            EmailAddress.objects.filter(email__iexact=address).values_list("user_id", flat=True).first()
        )
    return found


def remember_epoch(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Put the user's epoch into a session that begins: when the epoch moves on, the session is dead.

    The longest time of a session counts from here, and so does the idle limit.
    """
    from accounts import services, step_up
    from accounts.company import sessions as company

    request.session["epoch"] = services.current_epoch(user.pk)
    request.session["began"] = request.session["seen"] = int(timezone.now().timestamp())
    if not company.begin(request, user):
        step_up.note_sign_in(request, user)


def know_the_device(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Who sets a password, signed in or by a link that was mailed, holds the account: their browser is known."""
    from accounts import devices

    devices.remember(request, user)


def forgive_guesses(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """A reset is the way out of a lockout that others have caused."""
    from accounts import lockout

    for address in user.emailaddress_set.all():
        lockout.forgive(lockout.subject_of(None, address.email))


def tell_of_address(sender: Any, request: HttpRequest, email_address: Any, **kwargs: Any) -> None:
    """A further address opens the account as well: who holds it is told at the address that they had before."""
    from allauth.account.adapter import get_adapter

    if not email_address.primary:
        data = {"confirmed_email": email_address.email}
        get_adapter(request).send_notification_mail("email_confirm", email_address.user, data)
