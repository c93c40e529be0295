"""What people type stays inside its place in a mail; and mail goes to a server that has shown who it is."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.smtp import EmailBackend
from django.test import Client

from accounts.models import Account, OutgoingMail, SignUp, User
from security import scope
from security.texts import clean_text
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


HEBREW = "\u05d7\u05e0\u05d5\u05ea"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("account/settings/", {"name": "Shop\u202ekcab\u2066\u200b"}),
        ("account/open/", {"kind": "personal", "name": "Shop\u202ekcab\u2066\u200b"}),
        ("account/you/", {"name": "Shop\u202ekcab\u2066\u200b", "language": "en"}),
    ],
)
def test_no_name_turns_a_sentence_round(alice: Person, path: str, words: dict[str, str]) -> None:
    assert alice.client.post(f"/en/{path}", words).status_code == 302

    with scope.identity():
        names = {*Account.objects.values_list("name", flat=True), *User.objects.values_list("name", flat=True)}
    assert "Shopkcab" in names
    assert not any("\u202e" in name or "\u2066" in name for name in names)


def test_a_name_from_right_to_left_stands_alone_in_pages_and_mails(alice: Person) -> None:
    alice.client.post("/en/account/settings/", {"name": HEBREW})
    alice.client.post("/en/account/invite/", {"email": "new@example.com", "role": "clerk"})
    deliver()

    assert any(f"“\u2068{HEBREW}\u2069”" in str(message.body) for message in mail.outbox)
    assert {tag.get_text() for tag in alice.get("/en/account/").all("bdi")} >= {HEBREW, "Alice"}


def test_letters_that_need_a_joiner_keep_it() -> None:
    assert (
        clean_text("\u0645\u06cc\u200c\u0646\u0627 \u2066x\u2069\u00ad\u061c\U000e0041")
        == "\u0645\u06cc\u200c\u0646\u0627 x"
    )


def test_the_mail_server_shows_a_certificate_for_its_name() -> None:
    context: Any = EmailBackend(host="mail.example", use_tls=True).ssl_context  # type: ignore[attr-defined]

    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
