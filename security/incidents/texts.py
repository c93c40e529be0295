"""What a notice says: five parts in each language, which staff edit before it goes, with named places in braces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PARTS: dict[str, _StrPromise] = {
    "subject": _("Subject"),
    "happened": _("What happened"),
    "done": _("What we did"),
    "todo": _("What you can do"),
    "forward": _("Words to forward to the people concerned"),
}
# What may stand in braces, and what is put there.
PLACES: dict[str, _StrPromise] = {
    "account": _("the name of the account"),
    "days": _("when it was: on a day, or between two"),
    "first_day": _("the first day on which something was read"),
    "last_day": _("the last day"),
    "contact": _("our e-mail address, or else our contact page"),
}
ONLY_DAYS = frozenset({"days", "first_day", "last_day"})  # words that are forwarded name no account of ours
MOST = {"subject": 150}  # characters
MOST_OTHERWISE = 4_000
_PLACE = re.compile(r"\{(\w*)\}")

Texts = dict[str, dict[str, str]]  # language, part


@dataclass(frozen=True)
class Problem:
    """Why a text cannot go: where, and in words."""

    language: str
    part: str
    message: str


class BadTexts(Exception):
    """Something is missing, too long, or has a place in braces that we cannot fill."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__([(problem.language, problem.part) for problem in problems])
        self.problems = problems


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]


def defaults() -> Texts:
    """Return the texts that a draft begins with."""
    made: Texts = {}
    for language in languages():
        with translation.override(language):
            made[language] = {
                "subject": gettext("Data of your ECShip account were read without permission"),
                "happened": gettext(
                    "Data of your account “{account}” were read by somebody who had no right to, {days}."
                ),
                "done": gettext(
                    "We stopped the access as soon as we knew of it, and we keep a record of everything that was read."
                ),
                "todo": gettext(
                    "Look at the page. Tell the people whose addresses were read; words that you can forward stand"
                    " below. Do not trust calls, messages or parcels only because they know these addresses. If you"
                    " think that somebody knows your password, set a new one and end sessions that are not yours."
                ),
                "forward": gettext(
                    "I keep your address at ECShip, with which I send mail. Somebody read it there without any right to"
                    " do so, {days}. Please be careful with calls, messages and parcels that you do not expect. If you"
                    " have questions, ask me, or {contact}."
                ),
            }
    return made


def check(texts: Mapping[str, Mapping[str, str]]) -> None:
    """Raises BadTexts."""
    problems = [
        Problem(language, part, message)
        for language in languages()
        for part in PARTS
        if (message := _problem(part, texts.get(language, {}).get(part, "")))
    ]
    if problems:
        raise BadTexts(problems)


def _problem(part: str, text: str) -> str:
    if not text.strip():
        return gettext("Enter a text.")
    most = MOST.get(part, MOST_OTHERWISE)
    if len(text) > most:
        return gettext("Use at most %(most)d characters.") % {"most": most}
    if part == "subject" and len(text.splitlines()) > 1:
        return gettext("A subject is one line.")
    allowed = ONLY_DAYS | {"contact"} if part == "forward" else PLACES.keys()
    for name in _PLACE.findall(text):
        if name not in allowed:
            return gettext("{%(name)s} cannot be filled in here.") % {"name": name}
    if set("{}") & set(_PLACE.sub("", text)):
        return gettext("There is a brace without its partner.")
    return ""


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into the places of a checked text. What a value holds is never looked at again."""
    return _PLACE.sub(lambda found: values.get(found[1], ""), text)
