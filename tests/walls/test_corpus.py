"""The mutation proof over the list of addresses: every request of the corpus, with walls away one by one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from security.walls import Wall
from tests.walls import corpus, ledger
from tests.walls.corpus import CANNOT_BITE, Request
from tests.walls.furnishing import CANARY, NIGHTINGALE, Cast, furnish
from tests.walls.switches import without
from tests.walls.tally import TALLY

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "trail", "owner", "security"]),
    pytest.mark.filterwarnings("ignore:.*never awaited"),
]

# What bites with two walls away is known and written down here, by the names of the addresses.
KNOWN_PAIRS: dict[frozenset[Wall], set[str]] = {
    # Events belong to no account, so the walls between accounts have no say: only the right to enter them has.
    frozenset({Wall.MARK, Wall.PERMISSION}): {"tracking-events"},
}
PAIRS = [frozenset(pair) for pair in combinations(Wall, 2)]
# The pairs that let planted mistakes through, and the two of which the one is the other's last resort.
SAMPLE = [
    frozenset({Wall.RLS, Wall.ENCRYPTION}),
    frozenset({Wall.RLS, Wall.WRITEGUARD}),
    frozenset({Wall.RLS, Wall.SCOPE}),
    frozenset({Wall.MARK, Wall.PERMISSION}),
]
# Rights inside an account are the work of these two; the others keep accounts apart, not colleagues.
OF_COLLEAGUES = (Wall.MARK, Wall.PERMISSION)
REFUSED = {403, 404, 405}


def names(walls: frozenset[Wall]) -> str:
    return " and ".join(sorted(walls))


@dataclass
class Outcome:
    """What came of a run: which addresses gave a foreign value away, or let a foreign row be changed."""

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    not_refused: set[str] = field(default_factory=set)  # requests for a foreign object with another answer
    refused_methods: set[str] = field(default_factory=set)
    sent: int = 0

    @property
    def bitten(self) -> set[str]:
        return self.reads | self.writes


@dataclass
class Attacker:
    """Who sends the corpus: with which values, after which word, watching which rows."""

    client: Client
    values: dict[str, Any]
    word: str
    watched: str
    machine: Client | None = None  # sends what is for the API, by key; else the session does

    def __post_init__(self) -> None:
        self.cookies = {name: morsel.value for name, morsel in self.client.cookies.items()}

    def begin_anew(self) -> None:
        self.client.cookies.clear()
        for name, value in self.cookies.items():
            self.client.cookies[name] = value

    def clients(self, request: Request, *, both: bool) -> list[Client]:
        if self.machine is None or not request.address.is_api:
            return [self.client]
        return [self.client, self.machine] if both else [self.machine]  # the same code answers both


@contextmanager
def furnished(*walls: Wall) -> Iterator[tuple[Cast, ledger.Ledger]]:
    """Make the cast with some walls away, and watch."""
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # thousands of refusals; what they write is tested elsewhere
    try:
        with without(*walls):
            cast = furnish()
            cache.clear()
            with ledger.opened() as book:
                yield cast, book
    finally:
        logging.disable(level)


def stranger(cast: Cast, book: ledger.Ledger) -> Attacker:
    """A stranger after anything of the victim's; not even the victim's own trail may change."""
    watched = book.rows_of(cast.victim.account.pk, numbers=[cast.holdings["number"]])
    return Attacker(cast.stranger.client, cast.holdings, CANARY, watched, machine=cast.stranger_key)


def run(attacker: Attacker, book: ledger.Ledger, asked: list[Request], *, both: bool = False) -> Outcome:
    """Send requests, address by address; after each address, look at the rows and put everything back."""
    outcome = Outcome()
    before = book.digest(attacker.watched)
    by_address: dict[Any, list[Request]] = {}
    for request in asked:
        by_address.setdefault(request.address, []).append(request)
    for address, listed in by_address.items():
        mail.outbox.clear()
        for request in listed:
            if request.is_probe and str(request) in outcome.refused_methods:
                continue  # it takes no such method, whatever the body
            for client in attacker.clients(request, both=both):
                _send(request, client, attacker, outcome)
        if book.digest(attacker.watched) != before:
            outcome.writes.add(str(address))
        book.restore()
        attacker.begin_anew()
    return outcome


def _send(request: Request, client: Client, attacker: Attacker, outcome: Outcome) -> None:
    responses = request.send(client, attacker.values)
    if responses[0].status_code == 429:  # the limits are tested elsewhere
        cache.clear()
        responses = request.send(client, attacker.values)
    outcome.sent += 1
    status = responses[0].status_code
    if status == 405:
        outcome.refused_methods.add(str(request))
    elif status not in REFUSED and request.names_foreign_object:
        outcome.not_refused.add(str(request))
    if any(attacker.word in ledger.left_in(response) for response in responses):
        outcome.reads.add(str(request.address))


def left_behind(cast: Cast, book: ledger.Ledger) -> list[str]:
    """Return what of the victim's lies in the cache, but under the victim's own key, or in a file."""
    word = CANARY.encode()
    found = [key for key, value in ledger.left_in_cache(but=cast.victim.account.pk) if word in value]
    return found + [str(path) for path in book.new_files() if word in path.read_bytes().lower()]


REFUSED_METHODS: set[str] = set()  # as the run with every wall up found them


def attack(*walls: Wall, asked: list[Request], both: bool = False) -> Outcome:
    """Let the stranger send requests with some walls away. What lies about afterwards counts as read."""
    with furnished(*walls) as (cast, book):
        outcome = run(stranger(cast, book), book, asked, both=both)
        outcome.reads.update(left_behind(cast, book))
    _count(frozenset(walls), outcome)
    return outcome


def _count(walls: frozenset[Wall], outcome: Outcome) -> None:
    TALLY.addresses = len(corpus.addresses())
    TALLY.generated = len({str(request) for request in corpus.requests()})
    TALLY.requests += outcome.sent
    TALLY.settings.add(frozenset(walls))
    if len(walls) < 2:
        TALLY.reads += len(outcome.reads)
        TALLY.writes += len(outcome.writes)
    elif len(walls) == 2 and outcome.bitten:
        TALLY.add_pair(names(walls), outcome.bitten)


def attackable() -> set[str]:
    return {str(address) for address in corpus.addresses() if corpus.takes_reference(address)}


# The list itself ---------------------------------------------------------------------------------------------


def test_every_address_has_its_line() -> None:
    unknown = []
    for address in [*corpus.addresses(), *corpus.console_addresses()]:
        try:
            corpus.asks_of(address)
        except LookupError as error:
            unknown.append(str(error))

    assert not unknown, "\n".join(unknown)


def test_every_line_is_of_an_address() -> None:
    listed = {corpus.line_of(address) for address in [*corpus.addresses(), *corpus.console_addresses()]}

    assert set(corpus.REGISTRY) - listed == set()
    assert set(CANNOT_BITE) - attackable() == set()


def test_the_victim_finds_what_the_stranger_is_refused() -> None:
    """Were a reference in the corpus a wrong one, its refusal would prove nothing."""
    dead = []
    plain = corpus.plain(corpus.requests(), set())
    with furnished() as (cast, book):
        victim = Attacker(cast.victim.client, cast.holdings, "", "")
        for address in corpus.addresses():
            asked = [r for r in plain if r.address is address and r.names_foreign_object]
            statuses = {response.status_code for r in asked for response in r.send(victim.client, victim.values)}
            if statuses and statuses <= {403, 404, 405}:
                dead.append(str(address))
            book.restore()
            victim.begin_anew()

    assert dead == []


# With walls away ---------------------------------------------------------------------------------------------


def test_nothing_bites_when_every_wall_stands() -> None:
    """Every method, form and JSON, with probes and without; and every refusal is one."""
    with furnished() as (cast, book):
        _warm(cast)
        book.renew()
        # Of a library's addresses `make nightly` asks the other methods too.
        asked = [r for r in corpus.requests() if not r.address.is_foreign or r.method in {"GET", "POST"}]
        outcome = run(stranger(cast, book), book, asked)
        outcome.reads.update(left_behind(cast, book))
    _count(frozenset(), outcome)
    REFUSED_METHODS.update(outcome.refused_methods)

    assert outcome.bitten == set()
    assert outcome.not_refused == set()


def _warm(cast: Cast) -> None:
    """Let the victim look at their own pages first, so that whatever is kept anywhere is there to be found."""
    for request in corpus.requests():
        if request.method == "GET" and request.address.is_closed("GET") and not request.address.is_foreign:
            request.send(cast.victim.client, cast.holdings)


@pytest.mark.parametrize("wall", list(Wall), ids=str)
def test_nothing_bites_when_one_wall_is_away(wall: Wall) -> None:
    outcome = attack(wall, asked=corpus.plain(corpus.requests(), REFUSED_METHODS))

    assert outcome.bitten == set()


@pytest.mark.parametrize("pair", SAMPLE, ids=names)
def test_a_pair_lets_through_only_what_is_known(pair: frozenset[Wall]) -> None:
    asked = [r for r in corpus.plain(corpus.requests(), REFUSED_METHODS) if corpus.takes_reference(r.address)]

    assert attack(*pair, asked=asked).bitten == KNOWN_PAIRS.get(pair, set())


def test_every_reference_bites_when_all_walls_are_away() -> None:
    outcome = attack(*Wall, asked=corpus.plain(corpus.requests(), REFUSED_METHODS))
    TALLY.attackable += len(attackable() - CANNOT_BITE.keys())
    TALLY.biting += len(attackable() & outcome.bitten)

    assert attackable() - outcome.bitten == set(CANNOT_BITE), "these prove nothing, or bite after all"


@pytest.mark.nightly
@pytest.mark.parametrize("wall", list(Wall), ids=str)
def test_nothing_of_the_whole_corpus_bites_when_one_wall_is_away(wall: Wall) -> None:
    assert attack(wall, asked=corpus.requests(), both=True).bitten == set()


@pytest.mark.nightly
@pytest.mark.parametrize("pair", PAIRS, ids=names)
def test_every_pair_lets_through_only_what_is_known(pair: frozenset[Wall]) -> None:
    asked = corpus.plain(corpus.requests(), REFUSED_METHODS)

    assert attack(*pair, asked=asked).bitten == KNOWN_PAIRS.get(pair, set())


# Colleagues --------------------------------------------------------------------------------------------------


def colleague(cast: Cast, book: ledger.Ledger, role: str) -> Attacker:
    """A colleague without a grant on the restricted book, who may know of it nothing, and neither of keys."""
    client = {"clerk": cast.clerk, "viewer": cast.viewer}[role].client
    watched = book.rows_for_colleagues(
        cast.victim.account.pk, restricted=cast.locked["book_id"], everything=role == "viewer"
    )
    return Attacker(client, cast.locked, NIGHTINGALE, watched)


def bitten_by_colleague(role: str, *walls: Wall) -> set[str]:
    asked = corpus.plain(corpus.requests(), REFUSED_METHODS)
    with furnished(*walls) as (cast, book):
        outcome = run(colleague(cast, book, role), book, asked)
    TALLY.requests += outcome.sent
    return outcome.bitten


@pytest.mark.parametrize("role", ["clerk", "viewer"])
def test_a_colleague_gets_nothing_beyond_their_rights(role: str) -> None:
    assert bitten_by_colleague(role) == set()


@pytest.mark.nightly
@pytest.mark.parametrize("role", ["clerk", "viewer"])
@pytest.mark.parametrize("wall", [wall for wall in Wall if wall not in OF_COLLEAGUES], ids=str)
def test_a_colleague_gets_nothing_when_a_wall_between_accounts_is_away(role: str, wall: Wall) -> None:
    assert bitten_by_colleague(role, wall) == set()


@pytest.mark.parametrize("wall", OF_COLLEAGUES, ids=str)
def test_a_colleague_gets_more_when_a_wall_between_colleagues_is_away(wall: Wall) -> None:
    assert bitten_by_colleague("viewer", wall) != set()
