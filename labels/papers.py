"""Documents that are no label: the ground floor asks for them by name, with plain data."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from labels import typesetting
from labels.model import Output
from security.incidents import registry, regulator

LANGUAGES = {"en": ("en", "GB"), "zh-hant": ("zh", "HK"), "zh-hans": ("zh", "CN")}


def register() -> None:
    registry.set_document(regulator.DOCUMENT, breach_notification)


def breach_notification(data: dict[str, Any]) -> bytes:
    """Set the notification of a data breach; its words are those of the language that is active."""
    language, region = LANGUAGES.get(get_language() or "en", LANGUAGES["en"])
    told = {**data, "lang": language, "region": region}
    return typesetting.compile_document("breach.typ", told, Output.PDF)[0]
