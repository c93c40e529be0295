"""A statement injected into a page of one's own account makes nobody more than they are, and changes nothing of all.

Each is refused with every wall up, with row-level security away and with the guards away; with both away each writes.
Where only the guard can decide, that is said, and the statement writes once it is away.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction
from django.utils import timezone
from psycopg.errors import InsufficientPrivilege

from accounts.keys import create_api_key
from accounts.models import Member
from accounts.teams import services as teams
from addressbook import services as books
from addressbook import team_sharing
from addressbook.details import ContactDetails
from security import scope
from security.walls import Wall
from security.warrants import Warrant
from shipments import item_numbers
from shipments.models import Shipment
from tests.conftest import Person
from tests.shipments.booking import make_booked
from tests.walls.switches import without

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "trail", "owner"])

SINGLES = [[], [Wall.RLS], [Wall.WRITEGUARD]]
BOTH = [Wall.RLS, Wall.WRITEGUARD]
# What a viewer's page must not do in the viewer's own account.
OWN_ACCOUNT = {
    "become an owner": "UPDATE accounts_member SET role = 'owner' WHERE user_id = '{me}'",
    "take somebody's role": "UPDATE accounts_member SET role = 'viewer' WHERE user_id = '{owner}'",
    "put somebody out": "DELETE FROM accounts_member WHERE user_id = '{owner}'",
    "invite a stranger": "INSERT INTO accounts_invitation"
    " (id, account_id, email, role, token_hash, invited_by_id, created_at, expires_at)"
    " VALUES ('{new}', '{account}', 'stranger@example.com', 'owner', 'x', '{owner}', now(), now() + interval '1 day')",
    "make an invitation an owner's": "UPDATE accounts_invitation SET role = 'owner'",
    "make an API key": "INSERT INTO accounts_apikey"
    " (id, account_id, created_by_id, name, prefix, key_hash, scopes, allowed_addresses, created_at)"
    " VALUES ('{new}', '{account}', '{owner}', 'Mine', 'ecs_', 'x', '{{contacts:export}}', '{{}}', now())",
    "widen an API key": "UPDATE accounts_apikey SET scopes = '{{contacts:export}}', expires_at = NULL",
    "end an API key": "DELETE FROM accounts_apikey",
    "destroy the data key": "DELETE FROM security_accountkey",
    "spoil the data key": "UPDATE security_accountkey SET wrapped = 'x'",
    "plant a data key": "INSERT INTO security_accountkey (id, account_id, version, wrapped, created_at)"
    " VALUES ('{new}', '{account}', 2, 'x', now())",
    "rename the account": "UPDATE accounts_account SET name = 'Mine', fax_enabled = true",
    "grant oneself a restricted book": "INSERT INTO addressbook_addressbookuserpermission"
    " (id, account_id, content_object_id, user_id, permission_id) VALUES ('{new}', '{account}', '{book}', '{me}',"
    " (SELECT id FROM auth_permission WHERE codename = 'manage_addressbook'))",
    "turn a colleague's grant to oneself": "UPDATE addressbook_addressbookuserpermission SET user_id = '{me}'",
    "take a colleague's grant away": "DELETE FROM addressbook_addressbookuserpermission",
    "come into a team": "INSERT INTO accounts_teammember (id, account_id, team_id, user_id, joined_at)"
    " VALUES ('{new}', '{account}', '{team}', '{me}', now())",
    "take a colleague's place in a team": "UPDATE accounts_teammember SET user_id = '{me}'",
    "put a colleague out of a team": "DELETE FROM accounts_teammember",
    "turn a team into another": "UPDATE accounts_team SET name_index = 'x'",
    "share a book with a team": "INSERT INTO addressbook_teamshare (id, account_id, book_id, team_id, level, made_at)"
    " VALUES ('{new}', '{account}', '{empty_book}', '{team}', 'manage', now())",
    "widen a team's share": "UPDATE addressbook_teamshare SET level = 'manage'",
    "end a team's share": "DELETE FROM addressbook_teamshare",
    "delete a book": "DELETE FROM addressbook_addressbook WHERE id = '{empty_book}'",
}
# Row-level security cannot compare a row with what it was before.
BY_THE_GUARD_ALONE = {
    "open a restricted book": "UPDATE addressbook_addressbook SET access = 'everyone' WHERE id = '{book}'",
    "move a contact out of a restricted book": "UPDATE addressbook_contact SET book_id = '{empty_book}'"
    " WHERE book_id = '{book}'",
}
OF_EVERYBODY = {
    "free postage": "UPDATE shipments_servicetables SET steps = '[]'",
    "no tariff": "DELETE FROM shipments_servicetables",
    "another edition": "UPDATE shipments_tariffedition SET name = 'Mine'",
    "no suspensions": "DELETE FROM shipments_suspension",
    "a suspension": "INSERT INTO shipments_suspension (service, destination, contents, from_on, reason_en,"
    " reason_zh_hant, reason_zh_hans) VALUES ('', 'GB', 'all', now(), '', '', '')",
    "rates": "UPDATE shipments_exchangerate SET hkd = 1",
    "destinations": "UPDATE shipments_destination SET name_en = 'Nowhere'",
    "numbers given out twice": "UPDATE shipments_numberrange SET next_serial = first_serial",
    "numbers used up": "UPDATE shipments_numberrange SET next_serial = last_serial + 1",
    "an event": "INSERT INTO tracking_event"
    " (id, item_number, code, at, place, reason, action, recorded_at, recorded_by)"
    " VALUES ('{new}', 'RB123456785HK', 'EMI', now(), '', '', '', now(), 'operator:1')",
    "items that nobody follows": "INSERT INTO tracking_unfollowed (item_number, due_at, attempts)"
    " VALUES ('RB123456785HK', now(), 9)",
}
TWICE = OWN_ACCOUNT | OF_EVERYBODY
Inject = Callable[[str], int]


@pytest.fixture
def inject(alice: Person, bob: Person, viewer: Person) -> Inject:
    """Send a statement in the viewer's context; return how many rows it has changed, none where it is refused."""
    values = furnish(alice, bob) | {"me": viewer.user.pk, "owner": alice.user.pk, "account": alice.account.pk}

    def send(statement: str) -> int:
        try:
            with viewer.scope(), connection.cursor() as cursor:
                cursor.execute(statement.format(**values, new=uuid4()))
                changed: int = cursor.rowcount
                transaction.set_rollback(True)
        except ProgrammingError as error:
            if not isinstance(error.__cause__, InsufficientPrivilege):
                raise
            return 0
        return changed

    return send


def furnish(alice: Person, bob: Person) -> dict[str, UUID]:
    """Give the account whatever the statements are after."""
    from accounts import services

    now = timezone.now()
    with scope.identity():
        create_api_key(account=alice.account, by=alice.user, name="Shop", scopes=["contacts:read"])
    with alice.scope():
        services.invite(email="guest@example.com", role="viewer", by=alice.user.pk, now=now)
        restricted = books.create_book(name="Restricted", access="restricted", now=now)
        books.share_book(book=restricted, email=bob.user.email, level="view")
        empty = books.create_book(name="Empty", now=now)
        team = teams.create_team(name="Dispatch", now=now)
        teams.put_in(team=team, members=[Member.objects.get(user=bob.user)], now=now)
        team_sharing.share_with_team(book=restricted, team_id=team.pk, level="view", now=now)
        books.save_contact(book=restricted, details=ContactDetails(name="Ann Lee", lines=["1 High Street"],
                           city="London", postcode="SW1A 1AA", country="GB"), now=now)  # fmt: skip
    return {"book": restricted.pk, "empty_book": empty.pk, "team": team.pk}


@pytest.mark.parametrize("walls", SINGLES, ids=str)
def test_nothing_is_written_without_a_warrant_with_at_most_one_wall_away(inject: Inject, walls: list[Wall]) -> None:
    with without(*walls):
        written = {name for name, statement in TWICE.items() if inject(statement)}

    assert written == set()


def test_with_both_away_each_statement_writes(inject: Inject) -> None:
    with without(*BOTH):
        dead = {name for name, statement in TWICE.items() if not inject(statement)}

    assert dead == set(), "these statements prove nothing"


def test_where_the_guard_alone_decides_it_refuses(inject: Inject) -> None:
    assert not any(inject(statement) for statement in BY_THE_GUARD_ALONE.values())

    with without(Wall.WRITEGUARD):
        assert all(inject(statement) for statement in BY_THE_GUARD_ALONE.values())


# Warrants themselves --------------------------------------------------------------------------------------------------


def changed(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        count: int = cursor.rowcount
        return count


def test_a_warrant_is_for_its_own_tables_and_for_its_block(alice: Person, bob: Person) -> None:
    promote = f"UPDATE accounts_member SET role = 'manager' WHERE user_id = '{bob.user.pk}'"

    with alice.scope():
        with pytest.raises(ProgrammingError, match="asks for the warrant members"), scope.warrant(Warrant.KEYS):
            changed(promote)
        with scope.warrant(Warrant.MEMBERS):
            assert changed(promote) == 1
        with pytest.raises(ProgrammingError, match="asks for the warrant members"), transaction.atomic():
            changed(promote)


def test_a_warrant_ends_with_an_error_too(alice: Person, bob: Person) -> None:
    with alice.scope():
        with pytest.raises(LookupError), scope.warrant(Warrant.MEMBERS):
            raise LookupError
        with pytest.raises(ProgrammingError, match="asks for the warrant members"), transaction.atomic():
            changed(f"UPDATE accounts_member SET role = 'manager' WHERE user_id = '{bob.user.pk}'")


def test_a_warrant_does_not_reach_another_account(alice: Person, bob: Person, charlie: Person) -> None:
    with charlie.scope(), scope.warrant(*Warrant):
        assert changed(f"UPDATE accounts_member SET role = 'viewer' WHERE user_id = '{alice.user.pk}'") == 0
        assert changed(f"DELETE FROM security_accountkey WHERE account_id = '{alice.account.pk}'") == 0


def test_a_warrant_is_not_taken_along_into_other_scopes(alice: Person) -> None:
    with alice.scope(), scope.warrant(Warrant.REFERENCE):
        with scope.identity():
            assert holds() is False
        with alice.scope():
            assert holds() is False
        assert holds() is True
    assert holds() is False


def holds() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT walls.holds('reference')")
        row: tuple[bool] = cursor.fetchone()
        return row[0]


def test_a_warrant_written_by_oneself_is_worth_nothing(alice: Person) -> None:
    with alice.scope(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('walls.context')")
        *parts, mac = cursor.fetchone()[0].split("|")
        cursor.execute("SELECT set_config('walls.context', %s, true)", ["|".join([*parts, "reference", mac])])
        assert holds() is False
        cursor.execute("SELECT walls.account()")
        assert cursor.fetchone() == (None,)
        transaction.set_rollback(True)


def test_identity_writes_no_reference_table() -> None:
    with pytest.raises(ProgrammingError, match="asks for the warrant reference"), scope.identity():
        changed("DELETE FROM shipments_suspension")


# Item numbers ---------------------------------------------------------------------------------------------------------


def test_a_number_is_taken_for_an_account_alone(alice: Person) -> None:
    take = "SELECT serial FROM walls.take_number('RA', now())"

    with pytest.raises(ProgrammingError, match="for an account"), transaction.atomic():
        changed(take)
    with alice.scope(), connection.cursor() as cursor:
        serials = []
        for _turn in range(2):
            cursor.execute(take)
            serials.append(cursor.fetchone()[0])
        assert serials[1] == serials[0] + 1
        transaction.set_rollback(True)


def booked(person: Person) -> Shipment:
    with person.scope():
        return make_booked()


def plant_the_next_number(person: Person) -> None:
    """Write the number that comes next into a shipment of one's own, as an injected statement would."""
    with person.scope(), connection.cursor() as cursor:
        cursor.execute("SELECT indicator, next_serial FROM shipments_numberrange WHERE range_group = 'RA' ORDER BY id")
        number = item_numbers.compose(*cursor.fetchone())
        cursor.execute("UPDATE shipments_shipment SET item_number = %s", [number])
        assert cursor.rowcount == 1


def test_a_number_that_was_not_given_out_is_nobodys(alice: Person, charlie: Person) -> None:
    booked(alice)
    with pytest.raises(ProgrammingError, match="was not given out"):
        plant_the_next_number(alice)

    assert booked(charlie).item_number


def test_without_the_guard_a_planted_number_stops_everybodys_bookings(alice: Person, charlie: Person) -> None:
    booked(alice)
    with without(Wall.WRITEGUARD):
        plant_the_next_number(alice)

    with pytest.raises(IntegrityError):
        booked(charlie)


# The catalogue --------------------------------------------------------------------------------------------------------


def test_every_reference_table_that_can_be_written_asks_for_a_warrant() -> None:
    unasked = """
        SELECT u."table" FROM security_unscopedtable u
        WHERE has_table_privilege('ecship_app', u."table", 'INSERT, UPDATE, DELETE') AND NOT (
            EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = u."table"::regclass AND t.tgname = 'writeguard_warrant')
            AND (SELECT c.relrowsecurity FROM pg_class c WHERE c.oid = u."table"::regclass)
            AND 3 = (SELECT count(*) FROM pg_policy p WHERE p.polrelid = u."table"::regclass AND NOT p.polpermissive))
    """
    with connections["owner"].cursor() as cursor:
        cursor.execute(unasked)
        assert cursor.fetchall() == []


def test_reading_a_reference_table_asks_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT * FROM shipments_suspension")
        plan = [row[0] for row in cursor.fetchall()]

    assert plan
    assert "Filter" not in "".join(plan)
    assert "InitPlan" not in "".join(plan)
