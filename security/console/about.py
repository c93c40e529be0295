"""What an event of the trail was about: ids, numbers and names of ours out of its `data`, and nothing else of it.

Whoever writes an event puts into `data` what it needs. Here is what of it may be shown, each in its shape: a value of
another shape, and a name that is not listed, stays away. Tickets, networks and keyed hashes are left out on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from security.detection.models import Cause, Freeze

MOST_IDS = 10  # of a list
NAME = re.compile(r"[a-z][a-z0-9_.]{0,39}")


@dataclass(frozen=True)
class Fact:
    """One thing that an event names. `value` is its code, as files have it; `shown` is what a page says for it."""

    name: str
    label: Promise
    value: str
    shown: str
    address: str = ""  # of its page in the console


@dataclass(frozen=True)
class Shown:
    label: Promise
    shape: Callable[[Any], str]  # returns the value as text, "" where it is not what it should be
    page: Callable[[str], str] = lambda _value: ""
    words: Callable[[str], str] = str
    is_id: bool = False


def of(data: Mapping[str, Any]) -> list[Fact]:
    """Return what an event was about, in the order of the list below."""
    facts = []
    for name, shown in SHOWN.items():
        if value := shown.shape(data.get(name)):
            facts.append(Fact(name, shown.label, value, shown.words(value), shown.page(value)))
    return facts


def named(wanted: UUID) -> Q:
    """Return which events name an id."""
    found = Q()
    for name, shown in SHOWN.items():
        if shown.is_id:
            value: Any = [str(wanted)] if shown.shape is _ids else str(wanted)
            found |= Q(data__contains={name: value})
    for kind in ("user", "key"):
        found |= Q(data__contains={"actor": f"{kind}:{wanted}"})
    return found


def _id(value: Any) -> str:
    try:
        return str(UUID(value)) if isinstance(value, str) else ""
    except ValueError:
        return ""


def _ids(value: Any) -> str:
    listed = [found for one in value if (found := _id(one))] if isinstance(value, list) else []
    return " ".join([*listed[:MOST_IDS], "…"] if len(listed) > MOST_IDS else listed)


def _actor(value: Any) -> str:
    kind, _colon, actor_id = value.partition(":") if isinstance(value, str) else ("", "", "")
    return f"{kind}:{_id(actor_id)}" if kind in {"user", "key"} and _id(actor_id) else ""


def _number(value: Any) -> str:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _name(value: Any) -> str:
    return value if isinstance(value, str) and NAME.fullmatch(value) else ""


def _person(value: str) -> str:
    return reverse("console:actor", args=["user", value])


def _key(value: str) -> str:
    return reverse("console:actor", args=["key", value])


def _cause(value: str) -> str:
    return str(Cause(value).label) if value in Cause.values else value


def _size(value: str) -> str:
    return str(Freeze.Size(value).label) if value in Freeze.Size.values else value


SHOWN: dict[str, Shown] = {
    "suspension": Shown(
        pgettext_lazy("what an act was about", "Suspension"),
        _id,
        page=lambda value: reverse("console:suspension", args=[value]),
        is_id=True,
    ),
    "appeal": Shown(pgettext_lazy("what an act was about", "Appeal"), _id, is_id=True),
    "appeals": Shown(pgettext_lazy("what an act was about", "Appeals"), _ids, is_id=True),
    "actor": Shown(
        pgettext_lazy("what an act was about", "Whom"),
        _actor,
        page=lambda value: reverse("console:actor", args=value.split(":")),
    ),
    "person": Shown(pgettext_lazy("what an act was about", "Person"), _id, page=_person, is_id=True),
    "user": Shown(pgettext_lazy("what an act was about", "Person"), _id, page=_person, is_id=True),
    "key": Shown(pgettext_lazy("what an act was about", "API key"), _id, page=_key, is_id=True),
    "staff": Shown(pgettext_lazy("what an act was about", "Colleague"), _id, page=_person, is_id=True),
    "role": Shown(pgettext_lazy("what an act was about", "Role"), _name),
    "by": Shown(pgettext_lazy("what an act was about", "Decided by"), _id, page=_person, is_id=True),
    "cause": Shown(pgettext_lazy("what an act was about", "Cause"), _name, words=_cause),
    "case": Shown(pgettext_lazy("what an act was about", "Case"), _id, is_id=True),
    "account": Shown(pgettext_lazy("what an act was about", "Account"), _id, is_id=True),
    "accounts": Shown(pgettext_lazy("what an act was about", "Accounts"), _ids, is_id=True),
    "change": Shown(pgettext_lazy("what an act was about", "Change"), _id, is_id=True),
    "threshold": Shown(
        pgettext_lazy("what an act was about", "Threshold"),
        _name,
        page=lambda value: reverse("console:threshold", args=[value]),
    ),
    "before": Shown(pgettext_lazy("what an act was about", "Before"), _number),
    "value": Shown(pgettext_lazy("what an act was about", "New value"), _number),
    "freeze": Shown(pgettext_lazy("what an act was about", "Freeze"), _id, is_id=True),
    "feature": Shown(pgettext_lazy("what an act was about", "Feature"), _name),
    "size": Shown(pgettext_lazy("what an act was about", "For whom"), _name, words=_size),
    "block": Shown(pgettext_lazy("what an act was about", "Block"), _id, is_id=True),
    "incident": Shown(
        pgettext_lazy("what an act was about", "Incident"),
        _number,
        page=lambda value: reverse("incidents:incident", args=[value]),
    ),
    "report": Shown(pgettext_lazy("what an act was about", "Report"), _number),
    "version": Shown(pgettext_lazy("what an act was about", "Version"), _number),
    "rows": Shown(pgettext_lazy("what an act was about", "Lines"), _number),
    "wish": Shown(pgettext_lazy("what an act was about", "Request"), _id, is_id=True),
    "step": Shown(pgettext_lazy("what an act was about", "Step"), _name),
    "permission": Shown(pgettext_lazy("what an act was about", "Right"), _name),
    "answer": Shown(pgettext_lazy("what an act was about", "Answer"), _number),
    "table": Shown(pgettext_lazy("what an act was about", "Table"), _name),
    "ids": Shown(pgettext_lazy("what an act was about", "Objects"), _ids, is_id=True),
}
