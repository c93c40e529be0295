"""The mail of a notice, in its reader's language. The address is looked up when it goes, and kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from security.incidents import texts, words
from security.incidents.models import Findings, Notice, NoticeMail, NoticeText
from security.incidents.registry import Reader
from security.texts import isolated


@dataclass(frozen=True)
class Letter:
    subject: str
    body: str


def message(mail: NoticeMail, notice: Notice, reader: Reader) -> EmailMessage:
    """Write the mail of one notice. Its Message-ID is the same however often it is written. Runs in its account."""
    language = reader.language if reader.language in texts.languages() else settings.LANGUAGE_CODE
    parts = NoticeText.objects.get(run_id=notice.run_id, language=language).parts
    letter = write(language, parts, notice.findings, account_name=reader.account_name, notice_id=notice.pk)
    headers = {
        "Message-ID": f"<{mail.pk}@{urlsplit(settings.SITE_ADDRESS).hostname}>",
        "Auto-Submitted": "auto-generated",
    }
    return EmailMessage(letter.subject, letter.body, to=[reader.email], headers=headers)


def write(language: str, parts: Mapping[str, str], findings: Findings, *, account_name: str, notice_id: UUID) -> Letter:
    """Return what a notice says of some findings."""
    with translation.override(language):
        values = values_for(findings, account_name=account_name)
        filled = {name: texts.fill(text, values) for name, text in parts.items()}
        body = render_to_string(
            "security/mail/notice.txt",
            {
                "parts": filled,
                "amounts": words.amounts(findings),
                "account": isolated(account_name),
                "page": _page("notices:notice", notice_id),
                "home": _page("home"),
                "contact": contact(),
            },
        )
    return Letter(" ".join(filled["subject"].split()), body.strip() + "\n")


def values_for(findings: Findings, *, account_name: str) -> dict[str, str]:
    """Return what stands in the places of a text, in the language that is active."""
    return {"account": isolated(account_name), "contact": contact(), **words.days(findings)}


def contact() -> str:
    """Return where to ask: our e-mail address, or else our contact page."""
    return settings.CONTACT_EMAIL or _page("contact")


def _page(name: str, *parts: object) -> str:
    """Return the whole address of a page of the customers' site, in the language that is active."""
    return settings.SITE_ADDRESS.rstrip("/") + reverse(name, urlconf=settings.SITE_URLCONF, args=parts)
