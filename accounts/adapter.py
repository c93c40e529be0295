"""What we change of allauth: how guesses are counted, and that mail goes by the outbox, in our own words."""

from __future__ import annotations

from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import devices, lockout, outbox, sign_in_log, strangers
from accounts.models import OutgoingMail, User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Check a password; the right one gives back all checks that were counted against it."""
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            lockout.forgive(lockout.subject_of(request, lockout.typed_email(request, credentials)))
        return user

    def clean_password(self, password: str, user: User | None = None) -> str:
        """Refuse what others would guess; somebody who signs up has no account yet whose name could be asked."""
        if user is not None and user._state.adding:
            typed = self.request.POST.get("account_name", "")
            user.context_words = (*getattr(user, "context_words", ()), typed)  # type: ignore[attr-defined]
        cleaned: str = super().clean_password(password, user)
        return cleaned

    def login(self, request: HttpRequest, user: User) -> None:
        request.is_first_sign_in = user.last_login is None  # type: ignore[attr-defined]
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        """All factors are shown: this browser is known from now on. The holder is told when it was not so before."""
        if not request.is_first_sign_in:  # type: ignore[attr-defined]
            strangers.tell_of_new_device(
                request, user, source=self.get_client_ip(request), user_agent=self.get_http_user_agent(request)
            )
        devices.remember(request, user)
        sign_in_log.note_success(request, user)
        response: HttpResponse = super().post_login(request, user, **options)
        return response

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return the ways to show again who one is, a factor first: a password is what a thief has sooner."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return sorted(ways, key=lambda way: way["id"] == "reauthenticate")

    def get_login_stages(self) -> list[str]:
        """allauth's, but that a company's provider may have shown a factor already."""
        ours = {"allauth.mfa.stages.AuthenticateStage": "accounts.company.stage.FactorStage"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """allauth's limit counts as ours does, so that others' guesses do not close the holder's known device."""
        return lockout.subject_of(request, lockout.typed_email(request, credentials))

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        address: EmailAddress = emailconfirmation.email_address
        outbox.post(kind=OutgoingMail.Kind.CONFIRM, email=address.email, data={"address": address.pk})

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell the holder of a change, at the address that they had before it. Raises ValueError for an unknown one."""
        outbox.post(
            kind=OutgoingMail.Kind(template_prefix.rsplit("/", 1)[-1]),
            email=email or user.email,
            language=user.language,
            data={
                "at": timezone.now().isoformat(),
                "address": self.get_client_ip(self.request),
                "browser": self.get_http_user_agent(self.request)[:200],
                **(context or {}),
            },
        )

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> NoReturn:
        """Every mail is one of the outbox's kinds; none is written by allauth."""
        raise NotImplementedError(template_prefix)
