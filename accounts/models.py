"""People, the accounts they belong to, and the keys that act for an account."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core import signing
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts import hashers
from accounts.roles import Role, StaffRole, staff_rights
from security import kek
from security.permissions import Permission
from security.tenancy import WitnessedModel

SESSION_SALT = "accounts.session"
SIGN_UP_SALT = "accounts.sign_up"
EMAIL_LENGTH = 254  # characters; the longest that mail can be sent to (RFC 5321), where Django's forms take 320


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def holder_of(self, email: str) -> User | None:
        """Return who signs in with an e-mail: one query, whoever it is.

        An address that nobody has verified yet belongs to nobody.
        """
        return self.filter(emailaddress__verified=True, emailaddress__email=email.strip().lower()).first()

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):  # type: ignore[django-manager-missing]  # guardian's abstract grant is untyped
    """Somebody who signs in, by e-mail. What they may do comes from their membership, or from their staff role."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = models.EmailField(_("E-mail address"), max_length=EMAIL_LENGTH, unique=True)
    password = models.CharField(max_length=300)  # a sealed hash, see accounts.hashers
    name = models.CharField(_("Name"), max_length=100, blank=True)
    language = models.CharField(_("Language"), max_length=10, default="en")
    is_active = models.BooleanField(default=True)
    staff_role = models.CharField(max_length=10, choices=StaffRole.choices, default=StaffRole.NONE, blank=True)
    active_account_id = models.UUIDField(null=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_in_lower_case")
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_staff(self) -> bool:
        return bool(self.staff_role)

    @property
    def is_superuser(self) -> bool:
        """Nobody is above the rules; libraries ask."""
        return False

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """As Django's, but of the hash itself: one that is sealed anew, under another key of keys, ends no session."""
        opened = hashers.opened(self.password)
        return salted_hmac(SESSION_SALT, opened, secret=secret, algorithm="sha256").hexdigest()

    # Django's admin serves reference data only, to those who may edit it.
    def has_perm(self, perm: str, obj: object | None = None) -> bool:
        return self.has_module_perms(perm.split(".")[0])

    def has_perms(self, perm_list: Any, obj: object | None = None) -> bool:
        return all(self.has_perm(perm) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        rights = staff_rights(self.staff_role)
        return self.is_active and Permission.STAFF_REFERENCE in rights and app_label == "shipments"


class Account(models.Model):
    """The tenant: whose books, shipments and members these are."""

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("Personal")
        BUSINESS = "business", _("Business")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(_("Account name"), max_length=100)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PERSONAL)
    fax_enabled = models.BooleanField(default=False)
    factor_required_from = models.DateTimeField(null=True)  # members without a second factor are kept out from then on
    # An owner asked for its deletion: when it is due, when it was asked for and by whom, when it was told of again.
    closing_at = models.DateTimeField(null=True)
    closing_asked_at = models.DateTimeField(null=True)
    closing_by = models.UUIDField(null=True)
    closing_told_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["personal", "business"]), name="account_kind_known")
        ]
        indexes = [
            models.Index(fields=["closing_at"], condition=~models.Q(closing_at=None), name="account_closing"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Member(WitnessedModel):
    """A user in an account, with a role."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "user"], name="member_once_an_account"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="member_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id}"


class Invitation(WitnessedModel):
    """An invitation by mail to join an account. The link's token is stored hashed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=EMAIL_LENGTH)
    role = models.CharField(max_length=10, choices=Role.choices)
    token_hash = models.BinaryField(unique=True)
    invited_by_id = models.UUIDField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "email"], name="invitation_once_an_email"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_known"),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @property
    def token(self) -> str:
        """The secret of the link, the same while the invitation stands; a dump of the table does not hold it."""
        named = f"{self.account_id}:{self.email}:{self.expires_at.timestamp()}"
        return salted_hmac("accounts.invitation", named, algorithm="sha256").hexdigest()


class SignUp(models.Model):
    """A wish for an account, until whoever reads the mailbox opens the link and chooses a password, or 30 days.

    It holds no password, and nobody can sign in by it: until then there is no user and no account.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = models.EmailField(max_length=EMAIL_LENGTH, db_index=True)
    kind = models.CharField(max_length=10, choices=Account.Kind.choices)
    account_name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=10)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["personal", "business"]), name="sign_up_kind_known")
        ]

    def __str__(self) -> str:
        return f"sign-up {self.pk}"

    @property
    def token(self) -> str:
        """The secret of the mailed link: signed when it is asked for, so that its age can be told later."""
        return signing.dumps(str(self.pk), salt=SIGN_UP_SALT)


class OutgoingMail(models.Model):
    """A mail still to be sent. Its text and its links are made when it goes; when it has gone, so has the row.

    `email` and `data` are personal data, so they stand here behind the walls of signing in, and never in a queue.
    """

    class Kind(models.TextChoices):
        SIGN_UP = "sign_up"  # somebody asked for an account: whether they have one is looked up when the mail goes
        EXISTS = "exists"
        ACTIVATE = "activate"
        CONFIRM = "confirm"
        RESET = "reset"
        INVITATION = "invitation"
        PASSWORD_CHANGED = "password_changed"  # noqa: S105  (the name of a mail)
        PASSWORD_SET = "password_set"  # noqa: S105  (the name of a mail)
        PASSWORD_RESET = "password_reset"  # noqa: S105  (the name of a mail)
        EMAIL_CONFIRM = "email_confirm"
        EMAIL_CHANGED = "email_changed"
        EMAIL_DELETED = "email_deleted"
        TOTP_ACTIVATED = "totp_activated"
        TOTP_DEACTIVATED = "totp_deactivated"
        WEBAUTHN_ADDED = "webauthn_added"
        WEBAUTHN_REMOVED = "webauthn_removed"
        RECOVERY_CODES_GENERATED = "recovery_codes_generated"
        RECOVERY_CODE_USED = "recovery_code_used"
        NEW_DEVICE = "new_device"
        COMPANY_LINKED = "company_linked"
        RECOVERY_ASKED = "recovery_asked"
        RECOVERY_READY = "recovery_ready"
        RECOVERY_STOPPED = "recovery_stopped"
        RECOVERY_DONE = "recovery_done"
        KEY_MADE = "key_made"
        KEY_ENDED = "key_ended"
        MEMBER_INVITED = "member_invited"
        MEMBER_JOINED = "member_joined"
        MEMBER_GONE = "member_gone"
        ROLE_CHANGED = "role_changed"
        ACCOUNT_DELETED = "account_deleted"
        SUSPENDED = "suspended"
        RELEASED = "released"
        APPEAL_ANSWERED = "appeal_answered"
        FACTOR_REQUIRED = "factor_required"
        FACTOR_NOT_REQUIRED = "factor_not_required"
        CONTACTS_EXPORTED = "contacts_exported"
        ACCOUNT_COPIED = "account_copied"
        WEBHOOK_MADE = "webhook_made"
        WEBHOOK_CHANGED = "webhook_changed"
        WEBHOOK_DELETED = "webhook_deleted"
        WEBHOOK_OFF = "webhook_off"
        CLOSING_ASKED = "closing_asked"
        CLOSING_SOON = "closing_soon"
        CLOSING_STOPPED = "closing_stopped"
        SIGN_IN_CLOSED = "sign_in_closed"
        INTEGRATOR_ASKED = "integrator_asked"  # the link to confirm, or that there is none of that name
        INTEGRATOR_LINKED = "integrator_linked"
        INTEGRATOR_UNLINKED = "integrator_unlinked"
        INTEGRATOR_MADE = "integrator_made"
        INTEGRATOR_KEY = "integrator_key"
        INTEGRATOR_ENDED = "integrator_ended"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=32, choices=Kind.choices)
    email = models.EmailField(max_length=EMAIL_LENGTH)
    language = models.CharField(max_length=10)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(given_up_at=None), name="outgoing_mail_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ApiKey(WitnessedModel):
    """A key that acts for an account with some scopes; 256 random bits, shown once, stored hashed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="api_keys")
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("Name"), max_length=100)
    prefix = models.CharField(max_length=12)
    key_hash = models.BinaryField(unique=True)
    scopes = ArrayField(models.CharField(max_length=32))
    allowed_addresses = ArrayField(models.CharField(max_length=45), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix}…"


class OperatorKey(models.Model):
    """A key of the postal operator: it enters tracking events and belongs to no account."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    key_hash = models.BinaryField(unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Enrolment(models.Model):
    """A link by which a member of staff chooses a password and a factor, once; its token is stored hashed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="enrolment")
    token_hash = models.BinaryField(unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"enrolment {self.pk}"


class CompanyIdentity(models.Model):
    """By which id a company's provider knows a person (`accounts.company`): hashes, which name nobody."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="company_identities")
    place = models.CharField(max_length=64)  # of account and issuer
    subject = models.CharField(max_length=64, unique=True)  # of place and the provider's id for the person
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="company_identity_once")]

    def __str__(self) -> str:
        return f"linked {self.linked_at:%Y-%m-%d}"


class FactorRecovery(models.Model):
    """A wish to come in without a lost second factor: it waits, and ends in one way (`accounts.recovery`)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Factors removed")
        STOPPED = "stopped", _("Stopped")
        EXPIRED = "expired", _("Expired")

    class How(models.TextChoices):
        LINK = "link", _("By a link that was mailed")
        FACTOR = "factor", _("By signing in with a factor")
        STAFF = "staff", _("By staff")
        TIME = "time", _("By time")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="factor_recoveries")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField()
    told_at = models.DateTimeField()  # when the last mail about it was written
    ended_at = models.DateTimeField(null=True)
    ended_how = models.CharField(max_length=10, choices=How.choices, blank=True)
    decided_by_id = models.UUIDField(null=True)  # the member of staff who confirmed or refused it
    decided_at = models.DateTimeField(null=True)
    ticket = models.CharField(max_length=40, blank=True)
    wrapped_reason = models.BinaryField(null=True)
    # Every mail about it, in their order: its kind, when it was written (ISO 8601), to how many addresses.
    letters = models.JSONField(default=list)
    source_block = models.CharField(max_length=45, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(state="waiting"), name="factor_recovery_waits_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "done", "stopped", "expired"]),
                name="factor_recovery_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} since {self.asked_at:%Y-%m-%d}"

    @property
    def reason(self) -> str:
        """Why staff decided so. It lies wrapped under the key of keys: they are told to name nobody, and may forget."""
        if self.wrapped_reason is None:
            return ""
        return kek.provider().unwrap(bytes(self.wrapped_reason), bound_to=self._binding).decode()

    @reason.setter
    def reason(self, words: str) -> None:
        self.wrapped_reason = kek.provider().wrap(words.encode(), bound_to=self._binding)

    @property
    def _binding(self) -> bytes:
        return f"factor_recovery|{self.pk}".encode()


# Django looks for an app's models here.
from accounts.copies import models as copies  # noqa: E402, F401
from accounts.integrators import models as integrators  # noqa: E402, F401
from accounts.teams import models as teams  # noqa: E402, F401
