"""The victim's account, richly furnished with canaries, and what the attacker has of their own.

Every personal value of the victim holds `CANARY`; what only some of the victim's colleagues may see holds `NIGHTINGALE`
as well. Both words are in no text of the site, and no attack ever sends them: where one comes out, it has leaked.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.test import Client
from django.utils import timezone

from accounts import keys
from accounts import services as accounts
from accounts.copies.models import CopyState
from accounts.models import Member
from accounts.roles import KEY_SCOPES, Role
from accounts.teams import services as teams
from accounts.teams.models import Team
from addressbook import services as books
from addressbook import team_sharing
from addressbook.details import ContactDetails
from addressbook.duplicates.models import Merge, PossibleDuplicate
from addressbook.exports.models import State
from addressbook.imports.models import ImportProfile
from addressbook.models import AddressBook, Contact
from shipments import services as shipments
from shipments.models import Batch, BatchState, Shipment
from shipments.together import services as together
from tests.accounts.copies_made import made_copy
from tests.accounts.integrated import integrated, integrator_of, link_to
from tests.addressbook.exports.made import made_export
from tests.addressbook.imports import made as imports
from tests.conftest import Person, make_person
from tests.incidents.cast import incident_of, notice_of
from tests.shipments.booking import LONDON, SENDER, SHIRT, goods_to_london, make_booked, make_draft
from tests.soap.speaking import Program
from tests.tracking.hooks import made_webhook, told

CANARY, NIGHTINGALE = "kanarie", "nachtegaal"
KNOWN_EMAIL = "edith@example.com"  # of a member of the victim's account; the attacker happens to know it


@dataclass
class Cast:
    """Who takes part, and what requests are filled with: by the names that addresses give to their parameters."""

    victim: Person
    stranger: Person
    stranger_key: Client
    clerk: Person
    viewer: Person
    holdings: dict[str, Any]  # the victim's, and the attacker's own as `own_...`
    locked: dict[str, Any]  # the victim's, where a colleague without the grant is the attacker


def furnish() -> Cast:
    """Make everything anew, under whichever walls stand now: what is sealed is sealed as they say."""
    now = timezone.now()
    victim = make_person(CANARY)
    edith = make_person("edith", account=victim.account, role=Role.MANAGER)
    clerk = make_person("cleo", account=victim.account, role=Role.CLERK)
    viewer = make_person("vera", account=victim.account, role=Role.VIEWER)
    stranger = make_person("charlie")
    holdings, locked = _of_victim(victim, edith.user.pk, now)
    holdings |= _of_incident(victim, holdings["contact_id"], now)
    own, token = _of_stranger(stranger, now)
    key_client = Client(headers={"Authorization": f"Bearer {token}"})
    for client in (victim.client, stranger.client, clerk.client, viewer.client, key_client):
        client.raise_request_exception = False
    values = {**holdings, **own, "own_program": Program(integrated(stranger, stranger))}
    return Cast(victim, stranger, key_client, clerk, viewer, values, {**values, **locked})


def _of_victim(victim: Person, edith: UUID, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    party = {"name": f"Wong {CANARY}", "company": f"{CANARY} Ltd"}
    parties = goods_to_london(
        sender={**SENDER, **party},
        recipient={**LONDON, **party},
        items=[{**SHIRT, "description": f"Shirt of {CANARY}"}],
        reference=f"{CANARY} reference",
        notes=CANARY,
    )
    with victim.scope() as active:
        open_book, contact = _book(CANARY, now)
        restricted, locked_contact = _book(f"{CANARY} {NIGHTINGALE}", now, access=AddressBook.Access.RESTRICTED)
        grant = books.share_book(book=restricted, email=KNOWN_EMAIL, level="view")
        team = _team(CANARY, edith, now)
        team_sharing.share_with_team(book=restricted, team_id=team.pk, level="view", now=now)
        deleted, locked_deleted = _contact(open_book, CANARY, now), _contact(restricted, CANARY + NIGHTINGALE, now)
        books.delete_contact(contact=deleted, now=now)
        books.delete_contact(contact=locked_deleted, now=now)
        pair, merge = _alike(open_book, contact, now)
        locked_pair, locked_merge = _alike(restricted, locked_contact, now)
        books.default_book(now=now)
        invitation = accounts.invite(email=f"guest.{CANARY}@example.com", role=Role.CLERK, by=victim.user.pk, now=now)
        key, _token = keys.create_api_key(
            account=victim.account, by=victim.user, name=f"{CANARY} {NIGHTINGALE}", scopes=["contacts:read"]
        )
        integrator, _key = integrator_of(victim, f"{CANARY}-tools")
        booked, submission_key = make_booked(parties, now=now), uuid4()
        draft = shipments.start_draft(now=now, submission_key=submission_key, values=parties)
        holdings = {
            "account_id": active.account,
            "user_id": edith,
            "member_id": Member.objects.get(account_id=active.account, user_id=edith).pk,
            "invitation_id": invitation.pk,
            "token": invitation.token,
            "key_id": key.pk,
            "integrator_id": integrator.pk,
            "book_id": open_book.pk,
            "contact_id": contact.pk,
            "deleted_id": deleted.pk,
            "pair_id": pair.pk,
            "merge_id": merge.pk,
            "share_id": grant.pk,
            "team_id": team.pk,
            "shipment_id": booked.pk,
            "draft_id": draft.pk,
            "submission_key": submission_key,
            "number": booked.item_number,
            "item_number": booked.item_number,
            "known_email": KNOWN_EMAIL,
        }
        holdings |= imports_of(open_book, CANARY, now) | exports_of(open_book, CANARY, now, by=victim.user.pk)
        holdings |= copies_of(CANARY, now, by=victim.user.pk)
        holdings |= batches_of([contact], parties, now)
        holdings |= webhook_of(CANARY, booked, now, by=victim.user.pk)
        locked = imports_of(restricted, f"{CANARY} {NIGHTINGALE}", now)
        locked |= exports_of(restricted, f"{CANARY} {NIGHTINGALE}", now, by=victim.user.pk)
    holdings["link_id"] = link_to(victim, integrator)
    locked |= {"book_id": restricted.pk, "contact_id": locked_contact.pk, "deleted_id": locked_deleted.pk}
    locked |= {"pair_id": locked_pair.pk, "merge_id": locked_merge.pk}
    return holdings, {name: value for name, value in locked.items() if name != "profile_id"}


def imports_of(book: AddressBook, word: str, now: datetime) -> dict[str, Any]:
    """Make an import that waits for a person, one that was carried out, and remembered columns."""
    waiting, done = imports.upload_read(book, word, now), imports.upload_read(book, word, now, is_done=True)
    profile = ImportProfile(created_at=now, updated_at=now)
    profile.name, profile.columns = word, {word: "name"}
    profile.save()
    return {"import_id": waiting.pk, "done_import_id": done.pk, "profile_id": profile.pk}


def exports_of(book: AddressBook, word: str, now: datetime, *, by: UUID) -> dict[str, Any]:
    """Make an export whose file is ready, and one that stopped."""
    ready, stopped = (made_export(book, word, now, by=by, state=state) for state in (State.READY, State.MAKING))
    return {"export_id": ready.pk, "stopped_export_id": stopped.pk}


def batches_of(contacts: list[Contact], values: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Make a batch that is put together, and one with a draft and a booked item."""
    begun = together.begin(contacts=contacts, now=now)
    together.keep(batch=begun, step="sender", now=now, values={"sender": values["sender"]})
    made = Batch.objects.create(state=BatchState.MADE, rows=2, created_at=now, updated_at=now)
    for item in (make_booked(values, now=now), make_draft(values, now=now)):
        Shipment.objects.filter(pk=item.pk).update(batch=made)
    return {"batch_id": begun.pk, "made_batch_id": made.pk}


def copies_of(word: str, now: datetime, *, by: UUID) -> dict[str, Any]:
    """Make a copy of the account whose file is ready, and one that stopped."""
    ready, stopped = (made_copy(word, now, by=by, state=state) for state in (CopyState.READY, CopyState.MAKING))
    return {"copy_id": ready.pk, "stopped_copy_id": stopped.pk}


def webhook_of(word: str, shipment: Shipment, now: datetime, *, by: UUID) -> dict[str, Any]:
    """Make a webhook, and a message that was delivered to it."""
    webhook = made_webhook(f"https://{word}.example.com/", now, by=by, description=word)
    delivery = told(webhook, now, shipment=shipment)
    return {"webhook_id": webhook.pk, "delivery_id": delivery.pk}


def _of_incident(victim: Person, contact_id: UUID, now: datetime) -> dict[str, Any]:
    """Of what has committed: the security role sees nothing else."""
    notice = notice_of(victim.account.pk, contacts=[contact_id], now=now)
    return {"notice_id": notice.pk, **incident_of(victim.account.pk, contacts=[contact_id], now=now)}


def _of_stranger(stranger: Person, now: datetime) -> tuple[dict[str, Any], str]:
    with stranger.scope():
        book, contact = _book("Nobody special", now)
        own = {
            "own_book_id": book.pk,
            "own_contact_id": contact.pk,
            "own_team_id": _team("Nobody special", stranger.user.pk, now).pk,
            "own_draft_id": make_draft(now=now).pk,
            "own_shipment_id": make_booked(now=now).pk,
            "own_batch_id": together.begin(contacts=[contact], now=now).pk,
            "own_webhook_id": made_webhook("https://own.example.com/", now, by=stranger.user.pk).pk,
        }
        _key, token = keys.create_api_key(
            account=stranger.account, by=stranger.user, name="Machine", scopes=list(KEY_SCOPES)
        )
    return own, token


def _book(name: str, now: datetime, access: str = AddressBook.Access.EVERYONE) -> tuple[AddressBook, Contact]:
    book = books.create_book(name=f"Book of {name}", access=access, now=now)
    return book, _contact(book, name, now)


def _team(name: str, user_id: UUID, now: datetime) -> Team:
    team = teams.create_team(name=name, now=now)
    teams.put_in(team=team, members=[Member.objects.get(account_id=team.account_id, user_id=user_id)], now=now)
    return team


def _alike(book: AddressBook, contact: Contact, now: datetime) -> tuple[PossibleDuplicate, Merge]:
    """A contact's possible twin, and another one which it took in."""
    twin, taken_in = (_contact(book, CANARY, now) for _twin in range(2))
    one, other = sorted((contact, twin), key=lambda each: each.pk)
    pair = PossibleDuplicate.objects.create(book=book, one=one, other=other, reasons=["name"], weight=4)
    books.delete_contact(contact=taken_in, now=now)
    merge = Merge(book=book, kept=contact, taken_in=taken_in, merged_at=now)
    merge.before, merge.was_updated_at = asdict(ContactDetails.of(contact)), now.isoformat()
    merge.save(force_insert=True)
    return pair, merge


def _contact(book: AddressBook, name: str, now: datetime) -> Contact:
    contact = Contact(book=book, country="HK", can_send=True, created_at=now, updated_at=now)
    contact.name, contact.email, contact.lines, contact.tags = name, f"{name.split()[0]}@example.org", [name], [name]
    contact.save()
    return contact
