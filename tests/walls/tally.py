"""What the proof has counted in this run, for the line at its end."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

COUNTS = (
    "addresses", "requests", "planted", "generated", "reads", "writes", "planted_bites", "biting", "attackable",
    "bare_of_people", "bare_facts",
)  # fmt: skip


@dataclass
class Tally:
    addresses: int = 0
    requests: int = 0
    planted: int = 0
    generated: int = 0
    settings: set[frozenset[str]] = field(default_factory=set)
    reads: int = 0  # foreign, with none or one wall away
    writes: int = 0
    planted_bites: int = 0  # likewise, of the planted attacks
    pairs: dict[str, set[str]] = field(default_factory=dict)  # what bit, by pair
    biting: int = 0  # with all away
    attackable: int = 0
    bare_of_people: int = 0  # columns that an injection reads with `rls` away
    bare_facts: int = 0

    def plain(self) -> dict[str, Any]:
        """Return the counts as they travel from a worker of the run."""
        pairs = {pair: sorted(bitten) for pair, bitten in self.pairs.items()}
        return {**asdict(self), "settings": [sorted(walls) for walls in self.settings], "pairs": pairs}

    def add(self, plain: dict[str, Any]) -> None:
        """Add what another worker counted."""
        self.settings |= {frozenset(walls) for walls in plain.get("settings", [])}
        for pair, bitten in plain.get("pairs", {}).items():
            self.add_pair(pair, set(bitten))
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + plain.get(name, 0))

    def add_pair(self, pair: str, bitten: set[str]) -> None:
        """Note what bit with two walls away; the same attack counts once, however often it is sent."""
        self.pairs[pair] = self.pairs.get(pair, set()) | bitten

    def lines(self) -> list[str]:
        """Return the proof in one line; none when it did not run."""
        if not self.settings:
            return []
        pairs = ", ".join(f"{pair} ({len(bitten)})" for pair, bitten in sorted(self.pairs.items())) or "none"
        line = (
            f"Mutation proof: {self.addresses} URLs, {self.requests} requests, "
            f"{self.planted + self.generated} attacks ({self.planted} planted + {self.generated} generated), "
            f"{len(self.settings)} wall settings: {self.reads} foreign reads, {self.writes} foreign writes, "
            f"{self.planted_bites} planted bites with none and each single wall off; "
            f"pairs that let something through: {pairs}; all off: {self.biting} of {self.attackable} bite"
        )
        if self.bare_facts:
            line += f"; bare columns listed: {self.bare_of_people} of people, {self.bare_facts} others"
        return [line]


TALLY = Tally()
