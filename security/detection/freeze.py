"""Feature freeze: while a technique works, a feature degrades to what is needed.

An app says which of its addresses read in bulk; those wait, single objects go on, so that a shop can still book and
print. What is frozen comes with the statement that enters the account's scope, so it holds from the next request on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise

from security import scope, tuning
from security.detection.models import Freeze
from security.marks import Mark
from security.permissions import READING, Permission

ALIAS = "security"
Size = Freeze.Size


@dataclass(frozen=True)
class Feature:
    """A part of the site that can be frozen: the URL names that read in bulk, and those that belong to it at all.

    `words` is what people call it.
    """

    name: str
    words: Promise
    bulk: frozenset[str]
    prefixes: tuple[str, ...]

    def has(self, endpoint: str) -> bool:
        return endpoint in self.bulk or endpoint.startswith(self.prefixes)


FEATURES: dict[str, Feature] = {}


def offer(name: str, *, words: Promise, bulk: set[str], prefixes: tuple[str, ...]) -> None:
    """Make a part of the site one that can be frozen; called when an app loads."""
    FEATURES[name] = Feature(name, words, frozenset(bulk), prefixes)


def widen(name: str, *, bulk: set[str], prefixes: tuple[str, ...]) -> None:
    """Add to a feature what an upper floor does of it; called when that floor loads."""
    feature = FEATURES[name]
    FEATURES[name] = replace(feature, bulk=feature.bulk | bulk, prefixes=(*feature.prefixes, *prefixes))


def words_of(name: str) -> str:
    """Return what people call a feature; its name where no app offers it any more."""
    return str(FEATURES[name].words) if name in FEATURES else name


def choices() -> list[tuple[str, str]]:
    """Return every feature that can be frozen, for a form."""
    return [(name, words_of(name)) for name in sorted(FEATURES)]


def feature_of(endpoint: str) -> Feature | None:
    return next((feature for feature in FEATURES.values() if feature.has(endpoint)), None)


def holds(request: HttpRequest) -> bool:
    """Tell whether this request reads in bulk what is frozen for whoever asks.

    At the address of a list one adds to it, too; its mark tells reading from that.
    """
    mark: Mark | None = getattr(request, "scope_mark", None)
    if mark is None or mark.permission not in READING | {Permission.CONTACT_EXPORT, Permission.ACCOUNT_EXPORT}:
        return False
    endpoint = scope.get().endpoint
    for name, _colon, size in (item.partition(":") for item in scope.frozen()):
        feature = FEATURES.get(name)
        if feature is not None and endpoint in feature.bulk and _concerns(request, size):
            return True
    return False


def _concerns(request: HttpRequest, size: str) -> bool:
    if size == Size.ALL:
        return True
    is_owner = scope.get().key_id is None and scope.get().may(Permission.ACCOUNT_MANAGE)
    if size == Size.OTHERS:
        return not is_owner
    created = getattr(getattr(request, "account", None), "created_at", None)
    return created is not None and timezone.now() - created < timedelta(days=tuning.current().counting.young_days)


def freeze(feature: str, *, size: str, cause: str, now: datetime, by: UUID | None = None) -> Freeze:
    """Freeze a feature, or prolong and widen the freeze that holds. Runs as the security role."""
    until = now + timedelta(hours=tuning.current().judging.freeze_hours)
    with transaction.atomic(using=ALIAS):
        held = (
            Freeze.objects.using(ALIAS)
            .select_for_update()
            .filter(feature=feature, size=size, ended_at=None, until__gt=now)
            .first()
        )
        if held is not None:
            held.until = until
            held.save(using=ALIAS, update_fields=["until"])
            return held
        return Freeze.objects.using(ALIAS).create(feature=feature, size=size, cause=cause, at=now, until=until, by=by)


def thaw(frozen: Freeze, *, by: UUID, now: datetime) -> None:
    """End a freeze, for staff. Runs as the security role."""
    Freeze.objects.using(ALIAS).filter(pk=frozen.pk, ended_at=None).update(ended_at=now, ended_by=by)
