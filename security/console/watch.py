"""What detection found, for people: who is suspicious and why in words, who is suspended, what is frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from security import suspension, tuning
from security.detection import judging
from security.detection.models import Cause, Finding, Freeze, Score, Subject, Suspension
from security.models import LiveState
from security.pages import Page, page_of

DATABASE = "security"
SIZE = 25
MOST_ACTORS = 100
LOOKS_BACK = timedelta(days=30)
FINDINGS = 50  # of one actor on their page

# Why somebody is suspicious, in a sentence for each rule; a tripwire's words are those of its cause.
RULES: dict[str, Promise] = {
    "unknown": _("Asked for ids that exist nowhere"),
    "framed": _("Came by a link from elsewhere to something of another account"),
    "refused": _("Was refused what their role does not allow"),
    "shared_id": _("Asked for the same strange id as another account"),
    "cost": _("Asked for more than a budget of requests gives"),
    "distinct": _("Read more different objects in an hour than work needs"),
    "misses": _("Found nothing with most of their requests"),
    "sequence": _("Went through numbers one after another"),
    "probing": _("Sent SQL, markup, paths or templates where no page has them"),
    "young": _("Read much at once with a new account"),
    "crowd": _("Was one of many accounts at one address that find nothing"),
    "collective": _("Was one of many accounts that try one page with strange ids"),
    "spraying": _("Tried many e-mail addresses from one place"),
    "guessing": _("Tried many passwords for one e-mail address"),
}


@dataclass(frozen=True)
class Actor:
    """Somebody with a score, or a source: `name` is `user:` or `key:` and an id, or a source's keyed hash."""

    name: str
    points: float
    reasons: list[tuple[Promise | str, int]]  # in words, and how often


def words_of(rule: str) -> Promise | str:
    if rule in Cause.values:
        return Cause(rule).label
    return RULES.get(rule, rule)


def actors(*, now: datetime) -> list[Actor]:
    """Return those with most points now, down to where nobody needs to look."""
    return _highest(Subject.ACTOR, now=now)


def sources(*, now: datetime) -> list[Actor]:
    """Return the networks with most points now: mostly of requests without a key or a session. They are hashes."""
    return _highest(Subject.SOURCE, now=now)


def _highest(kind: Subject, *, now: datetime) -> list[Actor]:
    scored = Score.objects.using(DATABASE).filter(kind=kind).order_by("-points")[: MOST_ACTORS * 2]
    points = {one.subject: judging.points_now(one, now=now) for one in scored}
    least = tuning.current().ladder.note
    listed = sorted((name for name in points if points[name] >= least), key=lambda name: -points[name])[:MOST_ACTORS]
    reasons = _reasons("actor" if kind == Subject.ACTOR else "source", listed, now=now)
    return [Actor(name, round(points[name], 1), reasons.get(name, [])) for name in listed]


def _reasons(field: str, names: list[str], *, now: datetime) -> dict[str, list[tuple[Promise | str, int]]]:
    found = Finding.objects.using(DATABASE).filter(**{f"{field}__in": names}, at__gte=now - LOOKS_BACK)
    counted: dict[str, list[tuple[Promise | str, int]]] = {}
    for row in found.values(field, "rule").annotate(times=Count("pk")).order_by(field, "-times"):
        counted.setdefault(row[field], []).append((words_of(row["rule"]), row["times"]))
    return counted


def actor(kind: str, actor_id: UUID, *, now: datetime) -> dict[str, Any]:
    """Return what is known of one person or key: points, findings with their requests, state, suspensions."""
    name = f"{kind}:{actor_id}"
    findings = Finding.objects.using(DATABASE).filter(actor=name).order_by("-at")[:FINDINGS]
    field = "person" if kind == "user" else "key"
    return {
        "name": name,
        "state": LiveState.objects.using(DATABASE).filter(actor_id=actor_id).first(),
        "findings": [{"finding": one, "words": words_of(one.rule)} for one in findings],
        "suspensions": list(Suspension.objects.using(DATABASE).filter(**{field: actor_id}).order_by("-at")[:SIZE]),
        "score": next((one for one in actors(now=now) if one.name == name), None),
    }


def suspensions(*, which: str, cursor: str, now: datetime) -> Page[Suspension]:
    """Return suspensions, newest first: those that hold, or all. Raises BadCursor."""
    found: QuerySet[Suspension] = Suspension.objects.using(DATABASE).all()
    if which != "all":
        found = found.filter(suspension.running(now=now))
    return page_of(found, moment="at", cursor=cursor, size=SIZE, narrowed={"which": which})


def names_of(held: Suspension) -> list[str]:
    """Return whom a suspension holds, as the trail calls them: the key that was used, and the person."""
    named = (("key", held.key), ("user", held.person))
    return [f"{kind}:{actor_id}" for kind, actor_id in named if actor_id]


def freezes(*, now: datetime) -> list[Freeze]:
    """Return what is frozen now."""
    return [one for one in Freeze.objects.using(DATABASE).filter(ended_at=None) if one.until is None or one.until > now]
