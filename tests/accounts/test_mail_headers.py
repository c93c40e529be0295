"""What people type stays inside its place in a mail; and mail goes to a server that has shown who it is."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.smtp import EmailBackend
from django.test import Client

from accounts.models import OutgoingMail, SignUp
from security import scope
from tests.conftest import Person
from tests.mailbox import deliver

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("email", ["a@example.com\r\nBcc: b@example.com", "a@example.com, b@example.com",
                                   "a@example.com%0aBcc:b@example.com x", "<a@example.com>"])  # fmt: skip
def test_no_second_address_and_no_header_comes_with_an_address(alice: Person, email: str) -> None:
    Client().post("/en/sign-in/signup/", {"email": email, "kind": "business", "account_name": "New"})
    Client().post("/en/sign-in/password/reset/", {"email": email})
    alice.client.post("/en/account/invite/", {"email": email, "role": "clerk"})

    with scope.identity():
        assert not SignUp.objects.exists()
        assert not OutgoingMail.objects.exists()


def test_no_header_and_no_paragraph_comes_with_an_accounts_name(alice: Person) -> None:
    alice.client.post("/en/account/settings/", {"name": "Shop\r\nBcc: b@example.com\r\n\r\nHello"})
    alice.client.post("/en/account/invite/", {"email": "new@example.com", "role": "clerk"})
    deliver()

    assert any("“Shop Bcc: b@example.com Hello”" in str(message.body) for message in mail.outbox)
    for message in mail.outbox:
        written = message.message()
        assert (written["Bcc"], message.recipients()) == (None, message.to)
        assert "\n" not in str(written["Subject"]).replace("\n ", "")


def test_the_mail_server_shows_a_certificate_for_its_name() -> None:
    context: Any = EmailBackend(host="mail.example", use_tls=True).ssl_context  # type: ignore[attr-defined]

    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
