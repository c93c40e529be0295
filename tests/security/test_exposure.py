"""The exposure report against the truth: what stood in the answers that somebody got, byte by byte."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from addressbook import services as books
from addressbook.details import ContactDetails
from addressbook.exports import working
from addressbook.views import contacts as views
from security import exposure, scope, trail
from security.exposure import Question
from security.scope import Via
from security.trail import Action, Decision
from tests.api.calling import BOOKS, CONTACT, ROOT, SHIPMENTS, call, key_of
from tests.conftest import Person, make_person
from tests.labels.reading import text_of
from tests.security.chain import needs_security_role, with_security_role
from tests.shipments.booking import LONDON, NOW, goods_to_london, make_booked

pytestmark = [needs_security_role, with_security_role]
Objects = set[tuple[str, str]]


@dataclass
class Stage:
    """Alice's account with contacts and shipments whose names are found nowhere else, and all that was answered."""

    alice: Person
    names: dict[str, tuple[str, str]] = field(default_factory=dict)  # a canary: kind and id
    book: str = ""
    contacts: list[str] = field(default_factory=list)
    shipments: list[str] = field(default_factory=list)
    answered: list[Any] = field(default_factory=list)

    def truth(self) -> Objects:
        """Return the objects whose canary stands in an answer that was kept."""
        text = "\n".join(_text(answer) for answer in self.answered)
        return {place for name, place in self.names.items() if name in text}

    def take(self, answer: Any) -> Any:
        self.answered.append(answer)
        return answer

    def page(self, name: str, *args: Any, **data: Any) -> Any:
        client, address = self.alice.client, reverse(name, args=args)
        return self.take(client.post(address, data) if data else client.get(address))


def _text(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return text_of(body) if body.startswith(b"%PDF") else body.decode("utf-8", "replace")


def canary(number: int, kind: str) -> str:
    return f"{kind} Qz{number:03}xw"


@pytest.fixture
def stage(alice: Person) -> Stage:
    made = Stage(alice)
    with alice.scope():
        book = books.default_book(now=NOW)
        made.book = str(book.pk)
        for number in range(33):
            name = canary(number, "Contact")
            details = ContactDetails(
                name=name, lines=["10 High Street"], city="London", postcode="SW1A 1AA", country="GB"
            )
            pk = str(books.save_contact(book=book, details=details, now=NOW + timedelta(minutes=number)).pk)
            made.contacts.append(pk)
            made.names[name] = ("contact", pk)
        for number in range(6):
            name = canary(number, "Parcel")
            shipment = make_booked(goods_to_london(recipient={**LONDON, "name": name}), now=timezone.now())
            made.shipments.append(str(shipment.pk))
            made.names[name] = ("shipment", str(shipment.pk))
    return made


def asked(actor: str, **more: Any) -> Question:
    now = timezone.now()
    values = {"since": now - timedelta(hours=1), "until": now + timedelta(seconds=1), "actors": (actor,), **more}
    return exposure.with_keys(Question(**values))


def reported(question: Question, *, kinds: tuple[str, ...] = ("contact", "shipment")) -> dict[tuple[str, str], Any]:
    return {(one.kind, one.id): one for one in exposure.exposed(question) if one.kind in kinds}


@pytest.fixture
def began(stage: Stage) -> datetime:
    """The moment after the stage was built: what its making noted is not asked for."""
    return timezone.now()


def test_the_report_is_the_truth(stage: Stage, began: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, take = stage.alice, stage.take
    bob = make_person("bob", account=alice.account, role="clerk")
    program = key_of(alice)
    contacts, shipments = stage.contacts, stage.shipments
    began = timezone.now()

    # Pages: many ids in one entry, one id, a search, a form.
    stage.page("addressbook:contacts", stage.book)  # 25 of 33: the newest
    stage.page("addressbook:contact", contacts[0])
    stage.page("addressbook:edit-contact", contacts[1])
    stage.page("addressbook:search", stage.book, q="Qz002xw", order="-created_at", cursor="", tag="")
    stage.page("shipments:shipment", shipments[0])
    stage.page("labels:label", shipments[1])
    # A program: one, a page of many, a search, a document, a change that answers, a deletion that does not.
    take(call(program, "get", f"{ROOT}/contacts/{contacts[3]}/"))
    take(call(program, "post", f"{BOOKS}{stage.book}/contacts/search/", {"q": "Qz004xw"}))
    take(call(program, "get", f"{SHIPMENTS}{shipments[2]}/label/", Accept="application/pdf"))
    take(call(program, "patch", f"{ROOT}/contacts/{contacts[5]}/", {"notes": "Tea"}, If_Match="*"))
    # Sent again under one key: the answer is given twice, and noted twice.
    again = {"Idempotency_Key": "once"}
    new = {**CONTACT, "name": canary(99, "Contact")}
    for _ in range(2):
        answer = take(call(program, "post", f"{BOOKS}{stage.book}/contacts/", new, **again))
    stage.names[canary(99, "Contact")] = ("contact", answer.json()["id"])
    # Exports, which a task makes in her name: one that is fetched, twice, and one that nobody fetches.
    file = _exported(alice, program, stage.book, contacts[6])
    for client in (program, alice.client):
        take(client.get(file))
    _exported(alice, program, stage.book, contacts[7])

    # What gives nothing out: refused, unknown, forbidden, invalid, rolled back.
    stranger = make_person("charlie")
    with stranger.scope():
        foreign = books.default_book(now=NOW)
    take(call(program, "get", f"{BOOKS}{foreign.pk}/"))
    take(call(program, "get", f"{ROOT}/contacts/{uuid4()}/"))
    take(call(program, "patch", f"{ROOT}/contacts/{contacts[0]}/", {"notes": "Tea"}, If_Match='"stale"'))
    take(call(key_of(alice, "shipments:read"), "get", f"{ROOT}/contacts/{contacts[0]}/"))
    failing = alice.client
    failing.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr(views, "render", _fails)
        assert stage.page("addressbook:contact", contacts[2]).status_code == 500
    # Others, and another time: not this actor's, not this question's.
    bob.client.get(reverse("addressbook:contact", args=[contacts[2]]))
    with time_machine.travel(began - timedelta(days=2)), alice.scope():
        trail.record(action=Action.READ, kind="contact", ids=contacts[1:2])
    with alice.scope():
        trail.record(action=Action.READ, kind="contact", ids=[uuid4()], decision=Decision.REFUSED, wall="permission")

    question = asked(f"user:{alice.user.pk}", since=began)
    found = reported(question)

    truth = stage.truth()
    assert len(truth) > 30
    assert found.keys() - truth == set(), "precision"
    assert truth - found.keys() == set(), "recall"
    replayed = found["contact", answer.json()["id"]]
    assert replayed.times == found["contact", contacts[6]].times == 2
    assert "email" in replayed.fields
    assert len([actor for actor in question.actors if actor.startswith("key:")]) == 1
    assert set(found["shipment", shipments[1]].fields) >= {"sender", "recipient"}
    _the_formats_agree(question, found)


def _exported(alice: Person, program: Any, book: str, contact: str) -> str:
    """Have a file made of one contact, and return its address."""
    begun = call(program, "post", f"{BOOKS}{book}/exports/", {"file_kind": "csv", "contacts": [contact]}).json()
    working.work(UUID(begun["id"]), account_id=alice.account.pk, clock=timezone.now)
    return str(program.get(f"{ROOT}/exports/{begun['id']}/").json()["file_url"])


def _fails(*args: Any, **options: Any) -> Any:
    raise RuntimeError("while the page was drawn")


def _the_formats_agree(question: Question, found: dict[tuple[str, str], Any]) -> None:
    as_csv, as_json = io.StringIO(), io.StringIO()
    exposure.write(question, exposure.CsvWriter(as_csv), exposure.JsonWriter(as_json), now=timezone.now())
    lines = list(csv.DictReader(io.StringIO(as_csv.getvalue())))
    whole = json.loads(as_json.getvalue())
    copied = io.BytesIO()
    summary = exposure.copy_csv(question, copied)
    assert copied.getvalue().decode() == as_csv.getvalue()
    assert summary.as_json() == whole["summary"]
    assert {(one["kind"], one["id"]) for one in whole["exposed"]} >= found.keys()
    assert [line["id"] for line in lines] == [one["id"] for one in whole["exposed"]]
    assert whole["summary"]["objects"]["contact"] == sum(kind == "contact" for kind, _id in found)
    assert sum(one["acts"] for one in whole["techniques"]) > 10
    assert "Qz" not in as_csv.getvalue() + as_json.getvalue()  # ids alone, no names


def note(actor: str, ids: list[str], *, account: UUID | None = None, source: str = "203.0.113.9", **more: Any) -> None:
    values = {"endpoint": "addressbook:contact", "via": Via.PAGE, **more}
    one = scope.Scope(kind=scope.Kind.ACCOUNT, account_id=account or uuid4(), actor=actor, source=source, **values)
    with scope.enter(one):
        trail.record(action=Action.READ, kind="contact", ids=ids)


def test_sources_networks_and_techniques_narrow_it() -> None:
    actor = f"user:{uuid4()}"
    a, b, c, d = (str(uuid4()) for _ in range(4))
    note(actor, [a], source="203.0.113.9")
    note(actor, [b], source="203.0.113.77")
    note(actor, [c], source="2001:db8::5", endpoint="api-contact", via=Via.API)
    note(f"user:{uuid4()}", [d], source="203.0.113.9")

    def ids(**narrowed: Any) -> set[str]:
        return {one.id for one in exposure.exposed(asked(**{"actor": actor, **narrowed}))}

    assert ids() == {a, b, c}
    assert ids(sources=("203.0.113.9",)) == {a}
    assert ids(sources=("203.0.113.0/24", "2001:db8::/32")) == {a, b, c}
    assert ids(endpoints=("api-contact",)) == {c}
    by_source = Question(
        since=timezone.now() - timedelta(hours=1), until=timezone.now() + timedelta(1), sources=("203.0.113.9",)
    )
    assert {one.id for one in exposure.exposed(by_source)} == {a, d}


def test_fields_first_last_and_times_are_put_together() -> None:
    actor, account, one = f"user:{uuid4()}", uuid4(), str(uuid4())
    with scope.enter(scope.Scope(kind=scope.Kind.ACCOUNT, account_id=account, actor=actor)):
        trail.record(action=Action.READ, kind="contact", ids=[one], fields=["name"])
        trail.record(action=Action.READ, kind="contact", ids=[one, str(uuid4())], fields=["phone", "email"])
        trail.record(action=Action.DELETE, kind="contact", ids=[one])

    [found] = [row for row in exposure.exposed(asked(actor)) if row.id == one]

    assert (found.account, found.fields, found.times) == (str(account), ("email", "name", "phone"), 2)
    assert found.first < found.last


def test_a_technique_is_a_line_with_its_acts_and_objects() -> None:
    actor = f"user:{uuid4()}"
    note(actor, [str(uuid4()), str(uuid4())])
    note(actor, [str(uuid4())])
    note(actor, [str(uuid4())], endpoint="api-contact", via=Via.API)

    lines = exposure.how(asked(actor)).techniques

    assert [(one.endpoint, one.via, one.acts, one.objects) for one in lines] == [
        ("addressbook:contact", "page", 2, 3),
        ("api-contact", "api", 1, 1),
    ]


def test_nothing_may_be_asked_about_nobody() -> None:
    now = timezone.now()
    with pytest.raises(exposure.NothingAsked):
        Question(since=now - timedelta(1), until=now)
    with pytest.raises(ValueError, match="ends before"):
        Question(since=now, until=now - timedelta(1), actors=("user:1",))
    with pytest.raises(ValueError, match="does not appear"):
        Question(since=now - timedelta(1), until=now, sources=("somewhere",))


@pytest.fixture
def report(tmp_path: Path) -> Callable[..., str]:
    def run(*arguments: str) -> str:
        since = (timezone.now() - timedelta(hours=1)).isoformat()
        out = tmp_path / f"{uuid4()}"
        call_command("exposure_report", *arguments, "--from", since, "--output", str(out), stderr=io.StringIO())
        return out.read_text()

    return run


def test_the_command_takes_an_address_an_id_or_a_whole_name(alice: Person, report: Callable[..., str]) -> None:
    one = str(uuid4())
    note(f"user:{alice.user.pk}", [one], account=alice.account.pk)

    for name in ("alice@example.com", str(alice.user.pk), f"user:{alice.user.pk}"):
        assert one in report("--actor", name)
    assert json.loads(report("--actor", str(alice.user.pk), "--format", "json"))["exposed"][0]["id"] == one
    assert one not in report("--actor", str(uuid4()))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Name an actor"),
        (["--actor", "nobody@example.com"], "Nobody signs in"),
        (["--actor", "me"], "badly formed"),
        (["--source", "here"], "does not appear"),
    ],
)
def test_the_command_says_what_is_wrong(report: Callable[..., str], arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        report(*arguments)


def test_a_day_is_hong_kongs(tmp_path: Path) -> None:
    actor = f"user:{uuid4()}"
    inside, outside = str(uuid4()), str(uuid4())
    for one, at in ((inside, "2026-03-01T16:30:00Z"), (outside, "2026-03-01T15:30:00Z")):
        with time_machine.travel(at):
            note(actor, [one])
    out = tmp_path / "report.csv"

    call_command(
        "exposure_report", "--actor", actor, "--from", "2026-03-02", "--until", "2026-03-03", "--output", str(out),
        stderr=io.StringIO(),
    )  # fmt: skip

    assert inside in out.read_text()
    assert outside not in out.read_text()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@cmd", "\t=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert exposure.safe(text) == f"'{text}"
    actor = f"user:{uuid4()}"
    note(actor, [text])
    file = io.StringIO()

    exposure.write(asked(actor), exposure.CsvWriter(file), now=timezone.now())

    copied = io.BytesIO()
    exposure.copy_csv(asked(actor), copied)
    for written in (file.getvalue(), copied.getvalue().decode()):
        [line] = csv.DictReader(io.StringIO(written, newline=""))
        assert line["id"] == f"'{text}"
