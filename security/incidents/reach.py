"""What an incident reaches: whose acts, from where, by which techniques, when. Empty means any, but not all of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID


class ReachesEverything(Exception):
    """Neither an actor nor a source nor an endpoint is named: that would be every customer of the site."""


@dataclass(frozen=True)
class Reach:
    """An act is within reach when it is within the time, and of one of each list that is not empty.

    `actors` as the access log names them (`user:` or `key:` and an id), `sources` are addresses or networks in CIDR
    notation, `endpoints` names of addresses or jobs. `without` are accounts that are left out, such as the attacker's.
    """

    since: datetime
    until: datetime | None = None  # still going on
    actors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    without: tuple[UUID, ...] = field(default=())

    def check(self) -> None:
        """Raises ReachesEverything."""
        if not (self.actors or self.sources or self.endpoints):
            raise ReachesEverything

    def widened(self, *, at: datetime, actor: str = "", source: str = "", endpoint: str = "") -> Reach:
        """Return a reach that holds another act of the same technique too."""
        return replace(
            self,
            since=min(self.since, at),
            until=self.until and max(self.until, at),
            actors=_with(self.actors, actor),
            sources=_with(self.sources, source) if self.sources else (),
            endpoints=_with(self.endpoints, endpoint) if self.endpoints else (),
        )

    def as_data(self) -> dict[str, Any]:
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "actors": list(self.actors),
            "sources": list(self.sources),
            "endpoints": list(self.endpoints),
            "without": [str(account_id) for account_id in self.without],
        }


def of_data(data: dict[str, Any]) -> Reach:
    return Reach(
        since=datetime.fromisoformat(data["since"]),
        until=datetime.fromisoformat(data["until"]) if data["until"] else None,
        actors=tuple(data["actors"]),
        sources=tuple(data["sources"]),
        endpoints=tuple(data["endpoints"]),
        without=tuple(UUID(account_id) for account_id in data["without"]),
    )


def _with(known: tuple[str, ...], another: str) -> tuple[str, ...]:
    return tuple(sorted({*known, another} - {""}))
