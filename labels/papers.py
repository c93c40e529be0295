"""Documents that are no label: the ground floor asks for them by name, with plain data."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from labels import typesetting
from labels.model import Output
from security.incidents import registry, regulator, report_document

LANGUAGES = {"en": ("en", "GB"), "zh-hant": ("zh", "HK"), "zh-hans": ("zh", "CN")}


def register() -> None:
    registry.set_document(regulator.DOCUMENT, breach_notification)
    registry.set_document(report_document.DOCUMENT, exposure_report)


def breach_notification(data: dict[str, Any]) -> bytes:
    """Set the notification of a data breach; its words are those of the language that is active."""
    return _set("breach.typ", data)


def exposure_report(data: dict[str, Any]) -> bytes:
    """Set an exposure report."""
    return _set("exposure.typ", data)


def _set(template: str, data: dict[str, Any]) -> bytes:
    language, region = LANGUAGES.get(get_language() or "en", LANGUAGES["en"])
    told = {**data, "lang": language, "region": region}
    return typesetting.compile_document(template, told, Output.PDF)[0]
