"""Somebody's end on the site: they close their sign-in, or the last account that they are in is deleted.

Their row goes with all that belongs to signing in. Where something else still refers to it, such as a line in the
log of Django's admin, what is left is an empty row: no e-mail, no name, no way in. Runs in the identity context.
"""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Q

from accounts import outbox, services, session_list
from accounts.models import Account, CompanyIdentity, Enrolment, FactorRecovery, Member, OutgoingMail, User
from accounts.roles import Role
from security import alarms

_DELETE = f"DELETE FROM {User._meta.db_table} WHERE id = %s"  # noqa: S608  (the name is ours)
NOBODY = "gone.invalid"  # a domain that no mail goes to (RFC 2606)


class OwnsAccounts(Exception):
    """Accounts would be left without an owner: they are to be deleted or given to somebody first."""


def owned_alone(user: User) -> list[Account]:
    """Return the accounts of which somebody is the only owner, by name."""
    owners = Count("members", filter=Q(members__role=Role.OWNER))
    mine = Account.objects.filter(members__user=user, members__role=Role.OWNER).values("pk")
    return list(Account.objects.filter(pk__in=mine).annotate(owners=owners).filter(owners=1).order_by("name"))


@transaction.atomic
def close_sign_in(user: User, *, now: datetime) -> None:
    """Take somebody out of all accounts, and remove them. Raises OwnsAccounts."""
    User.objects.select_for_update().get(pk=user.pk)
    if owned_alone(user):
        raise OwnsAccounts
    try:
        for member in Member.objects.filter(user=user).select_related("account", "user"):
            services.leave_from_outside(member=member, now=now)
    except services.LastOwner:  # the other owner left in this very moment
        raise OwnsAccounts from None
    forget_without_account(user)


def forget_without_account(user: User) -> bool:
    """Remove somebody who is in no account, and tell them; False for who is in one, or is staff."""
    if user.is_staff or Member.objects.filter(user=user).exists():
        return False
    for address in EmailAddress.objects.filter(user=user, verified=True).order_by("pk"):
        outbox.post(kind=OutgoingMail.Kind.SIGN_IN_CLOSED, email=address.email, language=user.language)
    alarms.note(kind="sign_in_closed", data={"user": str(user.pk)})
    session_list.end_all(user)
    for model in (EmailAddress, Authenticator, CompanyIdentity, FactorRecovery, UserSession, Enrolment):
        model._default_manager.filter(user=user).delete()
    try:
        # As SQL: Django would look through the tables of accounts too, and none of them is open here.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_DELETE, [user.pk])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # now, where it can be taken back
    except IntegrityError:
        _empty(user)
    return True


def _empty(user: User) -> None:
    user.email, user.name, user.is_active, user.last_login = f"{user.pk}@{NOBODY}", "", False, None
    user.active_account_id = None
    user.set_unusable_password()
    user.save()
