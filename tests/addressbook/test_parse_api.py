"""Reading a pasted address for programs: what it answers, who may ask, and that nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest

from addressbook.models import AddressBook, Contact
from addressbook.parse_api import ParsedAddress
from addressbook.paste import FIELDS
from security.limits import Limit
from security.models import AccessEntry
from tests.addressbook.test_api import contacts_of
from tests.api.calling import ROOT, call, is_problem, key_of
from tests.conftest import Person

PARSE = f"{ROOT}/addresses/parse/"
TEXT = "Amy Ho\n12 Cumberland Road\nKowloon Tong\nTel 2338 1234\nring twice: yes"


def test_a_text_becomes_the_fields_of_a_contact_and_nothing_is_stored(alice: Person) -> None:
    answer = call(key_of(alice), "post", PARSE, {"text": TEXT})

    found = answer.json()
    assert answer.status_code == 200
    assert set(found) == {*FIELDS, "unsure", "left_over"}
    assert (found["name"], found["lines"], found["district"]) == ("Amy Ho", ["12 Cumberland Road"], "Kowloon City")
    assert [(doubt["field"], doubt["code"]) for doubt in found["unsure"]] == [("district", "several_districts")]
    assert found["left_over"] == ["ring twice: yes"]
    assert "no-store" in answer["Cache-Control"]
    with alice.scope():
        assert not Contact.objects.exists()
        assert not AccessEntry.objects.filter(kind="contact").exists()


def test_what_is_answered_can_be_saved_as_it_is(alice: Person, book: AddressBook) -> None:
    shop = key_of(alice)
    found = call(shop, "post", PARSE, {"text": TEXT}).json()
    del found["unsure"], found["left_over"]

    assert call(shop, "post", contacts_of(book.pk), found).status_code == 201


def test_the_country_to_assume_and_the_readers_language(alice: Person) -> None:
    asked = {"text": "Hans Meier\nLindenstraße 3\n50674 Köln", "default_country": "de"}

    found = call(key_of(alice), "post", PARSE, asked, Accept_Language="zh-Hant").json()

    assert (found["country"], found["postcode"]) == ("DE", "50674")
    assert found["unsure"][0] == {"field": "country", "code": "no_country", "detail": "文字沒有提及國家或地區。"}


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": "x" * 2001}, {"text": 7}, {"text": "x", "default_country": "XX"}]
)
def test_what_is_no_text_is_refused(alice: Person, body: dict[str, Any]) -> None:
    assert is_problem(call(key_of(alice), "post", PARSE, body), 400)


def test_a_key_without_the_scope_is_refused(alice: Person) -> None:
    assert is_problem(call(key_of(alice, "shipments:read"), "post", PARSE, {"text": TEXT}), 403)


def test_one_key_may_not_have_a_core_to_itself(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    from addressbook.parse_api import ParseView

    monkeypatch.setattr(ParseView, "actor_limits", (Limit("parse", items=2, seconds=60),))
    shop = key_of(alice)

    answers = [call(shop, "post", PARSE, {"text": TEXT}) for _time in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert '"parse";q=2;w=60' in answers[0]["RateLimit-Policy"]


def test_the_shape_says_every_field() -> None:
    assert set(ParsedAddress().get_fields()) == {*FIELDS, "unsure", "left_over"}
