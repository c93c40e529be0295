"""Forms about people and accounts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.account.fields import SetPasswordField
from allauth.mfa.totp.internal import auth as totp
from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from accounts import factors
from accounts.fields import NameField
from accounts.models import EMAIL_LENGTH, Account, Member, User
from accounts.roles import SCOPE_WORDS, Role, StaffRole
from security import addresses
from security.console.forms import check_ticket
from security.permissions import Permission
from security.texts import clean_text

GRACE_DAYS = [(0, _("No time: from now on")), (7, _("7 days")), (14, _("14 days")), (30, _("30 days"))]
KEY_LIFETIMES = [(30, _("30 days")), (90, _("90 days")), (365, _("1 year")), (0, _("Never"))]


class _GivesRole(forms.Form):
    """A form that gives somebody a role: no higher one than its reader may give. `rights`: what the reader may do."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        error_messages={"invalid_choice": _("Choose a role that you may give: only an owner makes owners.")},
    )

    def __init__(self, *args: Any, rights: Collection[Permission], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if Permission.ACCOUNT_MANAGE not in rights:
            lower = [choice for choice in Role.choices if choice[0] != Role.OWNER]
            self.fields["role"].choices = lower  # type: ignore[attr-defined]

    @property
    def is_beyond(self) -> bool:
        """Tell whether a role was asked for that the reader may not give."""
        return self.is_bound and self.has_error("role", "invalid_choice")


class InviteForm(_GivesRole):
    email = forms.EmailField(
        label=_("E-mail address"), max_length=EMAIL_LENGTH, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    field_order = ("email", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial={"role": Role.CLERK}, **kwargs)


class RoleForm(_GivesRole):
    pass


class TakeOverForm(forms.Form):
    """Who takes over what somebody who leaves has kept."""

    successor = forms.ChoiceField(
        label=_("Who takes over the address books"),
        required=False,
        error_messages={"invalid_choice": _("Choose a member of this account.")},
    )

    def __init__(self, *args: Any, successors: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.successors = {str(member.pk): member for member in successors}
        people = [(pk, called(member.user)) for pk, member in self.successors.items()]
        choices = [("", _("Owners and managers, who may open them anyway")), *people]
        self.fields["successor"].choices = choices  # type: ignore[attr-defined]

    @property
    def has_successors(self) -> bool:
        return bool(self.successors)

    @property
    def chosen(self) -> Member | None:
        return self.successors.get(self.cleaned_data["successor"])


def called(user: User) -> str:
    """Return how somebody is called in a choice: two colleagues may have one name, but not one address."""
    return f"{user.name} ({user.email})" if user.name else user.email


class AccountForm(forms.Form):
    name = NameField(label=_("Account name"), max_length=100)
    fax_enabled = forms.BooleanField(
        label=_("Ask for fax numbers of contacts"),
        required=False,
        help_text=_("Off unless you need them. Contacts that have a fax number keep it either way."),
    )


class FactorRuleForm(forms.Form):
    """Whether all members need a second factor, and how long they have to set one up."""

    required = forms.BooleanField(label=_("All members sign in with a second factor"), required=False)
    grace_days = forms.TypedChoiceField(
        label=_("Who has none yet may go on without for"),
        choices=GRACE_DAYS,
        coerce=int,
        initial=14,
        help_text=_("After that they can do nothing in the account but set one up, and API keys that they made rest."),
    )

    @property
    def grace(self) -> timedelta:
        return timedelta(days=self.cleaned_data["grace_days"])


class DeleteForm(forms.Form):
    """The account's name, typed to show that it is this one that is meant."""

    name = NameField(
        label=_("Type the account's name to delete it"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"]
        if typed != clean_text(self.account.name):
            raise forms.ValidationError(_("This is not the account's name."))
        return typed


class OpenForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What is the account for?"),
        choices=Account.Kind.choices,
        widget=forms.RadioSelect,
        initial=Account.Kind.PERSONAL,
    )
    name = NameField(label=_("Account name"), max_length=100, help_text=_("Your company's name, or any name you like."))


class PasswordForm(forms.Form):
    """A first password, chosen by whoever opened a mailed link. `words`: what else it may not be made of."""

    def __init__(self, *args: Any, email: str, words: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = field = SetPasswordField(
            label=_("Choose a password"), help_text=password_validators_help_text_html()
        )
        field.user = User(email=email, name=self.data.get("name", ""))
        field.user.context_words = words


class ActivateForm(PasswordForm):
    """What the account is for, as it was typed at sign-up, to be put right by whoever reads the mailbox."""

    kind = forms.ChoiceField(
        label=_("What is the account for?"), choices=Account.Kind.choices, widget=forms.RadioSelect
    )
    account_name = NameField(
        label=_("Account name"),
        max_length=100,
        required=False,
        help_text=_("Your company's name, or any name you like."),
    )


class NewMemberForm(PasswordForm):
    name = NameField(
        label=_("Your name"),
        max_length=100,
        required=False,
        help_text=_("The members of your accounts see it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class PersonForm(forms.Form):
    name = NameField(
        label=_("Your name"),
        max_length=100,
        required=False,
        help_text=_("The members of your accounts see it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=_("Language of our mails"), choices=[("en", "English"), ("zh-hant", "繁體中文"), ("zh-hans", "简体中文")]
    )


class KeyForm(forms.Form):
    name = NameField(label=_("Name"), max_length=100, help_text=_("What will use this key, for example a shop."))
    scopes = forms.MultipleChoiceField(
        label=_("What the key may do"),
        choices=list(SCOPE_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    lifetime_days = forms.TypedChoiceField(label=_("Expires after"), choices=KEY_LIFETIMES, coerce=int, initial=365)
    allowed_addresses = forms.CharField(
        label=_("Addresses it may be used from"),
        required=False,
        help_text=_("IP addresses or ranges separated by commas. Leave empty for any."),
    )

    def clean_allowed_addresses(self) -> list[str]:
        typed = [part.strip() for part in self.cleaned_data["allowed_addresses"].split(",") if part.strip()]
        try:
            return [str(addresses.network(part)) for part in typed]
        except ValueError as error:
            raise forms.ValidationError(_("Enter IP addresses such as 203.0.113.7 or 203.0.113.0/24.")) from error

    @property
    def lifetime(self) -> timedelta | None:
        days: int = self.cleaned_data["lifetime_days"]
        return timedelta(days=days) if days else None


class EnrolForm(forms.Form):
    """How a member of staff begins; the secret of the app lies in the session between the page and its answer."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("Ten characters or more. A few words that you remember are best."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    code = forms.CharField(
        label=_("Code that the app shows"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.secret: str = totp.get_totp_secret(regenerate=not self.is_bound)

    def clean_password(self) -> str:
        typed: str = self.cleaned_data["password"]
        validate_password(typed, self.user)
        return typed

    def clean_code(self) -> str:
        typed: str = self.cleaned_data["code"]
        if not totp.validate_totp_code(self.secret, typed):
            raise forms.ValidationError(_("This is not the code that the app shows now. Wait for the next one."))
        return typed

    def clean(self) -> dict[str, Any]:
        """The code that sets the app up opens nothing afterwards; with a password that is refused, it is not used."""
        if not self.errors:
            factors.use_code(self.user, self.cleaned_data["code"])
        return self.cleaned_data


class DecideForm(forms.Form):
    """Why the recovery of a lost factor is confirmed or refused; the person is told the outcome alone."""

    ticket = forms.CharField(
        label=_("Ticket number"),
        max_length=40,
        validators=[check_ticket],
        help_text=_("The number of the request."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        min_length=10,
        max_length=500,
        help_text=_("How you made sure who it is, or why you do not believe it, in a sentence. Name nobody."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class FindForm(forms.Form):
    """An account's id, or a whole e-mail address; its value is a UUID or a text."""

    q = forms.CharField(
        label=_("Account id, or the whole e-mail address"),
        max_length=EMAIL_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_q(self) -> UUID | str:
        typed: str = self.cleaned_data["q"].strip()
        try:
            return UUID(typed)
        except ValueError:
            pass
        try:
            validate_email(typed)
        except forms.ValidationError as error:
            message = _("Enter an account id, or an e-mail address with all its letters.")
            raise forms.ValidationError(message) from error
        return typed.lower()


class StaffForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"), max_length=EMAIL_LENGTH, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(
        label=_("Role"),
        help_text=_("Whoever is to work in security gets their link from those who run the site."),
        choices=[choice for choice in StaffRole.choices if choice[0] not in {"", StaffRole.SECURITY}],
    )
