"""The pages of exports: what is asked first, how far it is, the file for whoever asked, and what colleagues meet."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from addressbook.exports import services
from addressbook.exports.models import Export, State
from addressbook.imports.services import MOST_BYTES
from addressbook.models import AddressBook, Contact
from security import live, tuning
from security.detection import freeze
from security.models import AccessEntry
from security.thresholds import with_values
from tests.addressbook.conftest import MakeContact
from tests.addressbook.exports.conftest import again
from tests.addressbook.exports.made import made_export
from tests.conftest import PASSWORD, Person, make_person
from tests.security.watching import DATABASES

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(make_contact: MakeContact) -> list[Contact]:
    return [make_contact(name=name, tags=["Tea"] if name == "Ann Lee" else []) for name in ("Cat Ng", "Ann Lee")]


def at(book: AddressBook, rest: str = "exports/") -> str:
    return f"/en/address-books/{book.pk}/{rest}"


def only(person: Person) -> Export:
    with person.scope():
        run = Export.objects.select_related("book").get()
        assert not run.is_unreadable
        return run


def ready(person: Person, book: AddressBook, *, state: str = State.READY) -> Export:
    with person.scope():
        return made_export(book, "Ann Lee", timezone.now(), by=person.user.pk, state=state)


def test_a_book_is_exported_from_its_own_page(alice: Person, book: AddressBook, people: list[Contact]) -> None:
    assert alice.get(at(book, "")).one("a[href$='/exports/']").get_text() == "Export"
    page = alice.get(at(book))
    assert "All of this book: 2 contacts" in page.text
    assert "You have exported nothing from this book yet." in page.text

    answer = alice.client.post(at(book), {"kind": "vcard"})

    run = only(alice)
    assert answer["Location"] == f"/en/exports/{run.pk}/"
    assert (run.kind, run.rows, run.wanted, run.chosen) == ("vcard", 2, {}, [])
    shown = alice.get(answer["Location"])
    assert "The file is being made: 0 of 2 contacts." in shown.text
    assert shown.one("#export")["hx-trigger"] == "every 1s"
    assert "Being made" in alice.get(at(book)).text


def test_those_that_are_ticked_or_all_that_match_are_taken_along(
    alice: Person, book: AddressBook, people: list[Contact]
) -> None:
    ticked = alice.client.post(at(book, "selected/export/"), {"which": "ticked", "contact": str(people[0].pk)})
    matching = alice.client.post(at(book, "selected/export/"), {"which": "all", "q": "", "tag": "Tea"})

    assert "1 contact that you ticked" in ticked.content.decode()
    assert f'value="{people[0].pk}"' in ticked.content.decode()
    assert "1 contact that the list showed" in matching.content.decode()
    assert 'name="tag" value="Tea"' in matching.content.decode()
    alice.client.post(at(book), {"kind": "csv", "has_mark": "on", "which": "ticked", "contact": str(people[0].pk)})
    run = only(alice)
    assert (run.chosen, run.rows, run.has_mark) == ([str(people[0].pk)], 1, True)


def test_counting_who_matches_words_is_in_the_log_as_a_search(
    alice: Person, book: AddressBook, people: list[Contact]
) -> None:
    def searches() -> int:
        with alice.scope():
            return AccessEntry.objects.filter(action="search", kind="address_book", ids=[str(book.pk)]).count()

    alice.client.post(at(book, "selected/export/"), {"which": "all", "tag": "Tea"})
    assert searches() == 0, "how many bear a tag says of nobody who they are"

    answer = alice.client.post(at(book, "selected/export/"), {"which": "all", "q": "ann"})
    assert "1 contact that the list showed" in answer.content.decode()
    assert searches() == 1


@pytest.mark.parametrize(
    "typed", [{"which": "ticked"}, {"which": "ticked", "contact": "x"}, {"which": "all", "use": "x"}]
)
def test_nobody_selected_never_means_the_whole_book(
    alice: Person, book: AddressBook, people: list[Contact], typed: dict[str, str]
) -> None:
    for rest in ("selected/export/", "exports/"):
        answer = alice.client.post(at(book, rest), {"kind": "csv", **typed}, follow=True)
        assert "Select at least one contact." in answer.content.decode()

    with alice.scope():
        assert not Export.objects.exists()


def test_what_is_wrong_is_said_and_what_was_chosen_stays(
    alice: Person, book: AddressBook, people: list[Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticked = {"which": "ticked", "contact": str(people[0].pk)}

    odd = alice.post(at(book), {"kind": "pdf", **ticked}).content.decode()
    limits = with_values({"exports.files_a_day": 3})
    monkeypatch.setattr(tuning, "current", lambda: limits)
    for kind in ("xlsx", "vcard", "csv"):
        alice.post(at(book), {"kind": kind, "which": "all"})
    over = alice.post(at(book), {"kind": "csv", **ticked}).content.decode()

    assert "There is a problem" in odd
    assert f'value="{people[0].pk}"' in odd
    assert "may not be exported within a day" in over


def test_the_file_is_given_to_whoever_asked_and_can_be_removed(alice: Person, book: AddressBook) -> None:
    run = ready(alice, book)
    page = alice.get(f"/en/exports/{run.pk}/")
    # With this attribute a browser would save the page that asks who one is.
    assert not page.all("a[download]")

    file = alice.client.get(str(page.one("a[href$='/file/']")["href"]))

    assert file.content == b"Name\r\nAnn Lee\r\n"
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert file["Content-Disposition"] == f'attachment; filename="contacts-{run.created_at:%Y-%m-%d}.csv"'
    assert "no-store" in file["Cache-Control"]
    assert "Last downloaded" in alice.get(f"/en/exports/{run.pk}/").text
    gone = alice.client.post(f"/en/exports/{run.pk}/remove/", follow=True)
    assert "The file has been removed." in gone.content.decode()
    late = alice.client.get(f"/en/exports/{run.pk}/file/", follow=True)
    assert "This cannot be done any more." in late.content.decode()


def test_a_file_that_no_import_would_take_says_so(alice: Person, book: AddressBook) -> None:
    run = ready(alice, book)
    with alice.scope():
        Export.objects.filter(pk=run.pk).update(size=MOST_BYTES + 1)

    assert "too large to be imported here again" in alice.get(f"/en/exports/{run.pk}/").text


def test_one_that_stopped_says_why_and_goes_on(alice: Person, book: AddressBook) -> None:
    run = ready(alice, book, state=State.MAKING)
    page = alice.get(f"/en/exports/{run.pk}/")
    assert "This export stopped" in page.text
    assert page.one("#export").get("hx-get") is None

    alice.client.post(f"/en/exports/{run.pk}/go-on/")

    assert not again(alice, run).is_stopped
    twice = alice.client.post(f"/en/exports/{run.pk}/go-on/", follow=True)
    assert "This cannot be done any more." in twice.content.decode()


def test_one_that_failed_says_why(alice: Person, book: AddressBook) -> None:
    run = ready(alice, book, state=State.FAILED)
    with alice.scope():
        Export.objects.filter(pk=run.pk).update(failure="too_large")

    assert "Narrow the list, and export it in parts." in alice.get(f"/en/exports/{run.pk}/").text


@pytest.mark.parametrize("rest", ["", "file/", "remove/", "go-on/"])
def test_to_everybody_else_it_does_not_exist(alice: Person, charlie: Person, book: AddressBook, rest: str) -> None:
    run = ready(alice, book)
    manager = make_person("mona", account=alice.account, role="manager")

    for person in (manager, charlie):
        answers = [
            person.client.get(f"/en/exports/{run.pk}/{rest}"),
            person.client.post(f"/en/exports/{run.pk}/{rest}"),
        ]
        assert {answer.status_code for answer in answers} <= {404, 405}


def test_a_clerk_may_not_and_is_not_offered_it(bob: Person, book: AddressBook, people: list[Contact]) -> None:
    assert bob.client.get(at(book)).status_code == 403
    assert bob.client.post(at(book), {"kind": "csv"}).status_code == 403
    assert "Export" not in bob.get(at(book, "")).text


def test_who_has_to_show_who_they_are_comes_back_to_what_they_had_selected(
    alice: Person, book: AddressBook, people: list[Contact]
) -> None:
    browser = Client()
    browser.post("/en/sign-in/login/", {"login": alice.user.email, "password": PASSWORD})
    words = {"which": "ticked", "contact": str(people[0].pk)}
    came_from = {"Origin": "http://testserver", "Referer": f"http://testserver{at(book, '')}"}
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        asked = browser.post(at(book, "selected/export/"), words, headers=came_from)
        assert "reauthenticate" in asked["Location"]

        back = browser.post(asked["Location"], {"password": PASSWORD}, follow=True)

    assert back.redirect_chain[-1][0] == at(book, "selected/export/")
    assert "1 contact that you ticked" in back.content.decode()


def test_the_file_is_asked_for_on_its_page_after_showing_who_one_is(alice: Person, book: AddressBook) -> None:
    run = ready(alice, book)

    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        asked = alice.client.get(f"/en/exports/{run.pk}/file/")
        assert "reauthenticate" in asked["Location"]
        back = alice.client.post(asked["Location"], {"password": PASSWORD}, follow=True)

    assert back.redirect_chain[-1][0] == f"/en/exports/{run.pk}/"


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_a_suspension_and_a_freeze_keep_the_file_back(alice: Person, book: AddressBook) -> None:
    run, now = ready(alice, book), timezone.now()
    frozen = freeze.freeze("addressbook", size=freeze.Size.ALL, cause="test", now=now)
    assert alice.client.get(f"/en/exports/{run.pk}/file/").status_code == 503
    assert alice.client.post(at(book), {"kind": "csv"}).status_code == 503
    assert alice.client.get(f"/en/exports/{run.pk}/").status_code == 200
    freeze.thaw(frozen, by=alice.user.pk, now=now)

    live.suspend(alice.user.pk)

    for rest in ("", "file/"):
        assert alice.client.get(f"/en/exports/{run.pk}/{rest}").status_code == 403


def test_an_expired_file_is_not_offered(alice: Person, book: AddressBook) -> None:
    run = ready(alice, book)
    with alice.scope():
        Export.objects.filter(pk=run.pk).update(finished_at=timezone.now() - services.FILE_LASTS)

    assert "The file has been removed." in alice.get(f"/en/exports/{run.pk}/").text
    assert alice.client.get(f"/en/exports/{run.pk}/file/").status_code == 302


@pytest.mark.parametrize(("language", "word"), [("zh-hant", "匯出"), ("zh-hans", "导出")])
def test_pages_speak_the_readers_language_and_so_do_the_headings(
    alice: Person, book: AddressBook, people: list[Contact], language: str, word: str
) -> None:
    assert word in alice.get(at(book).replace("/en/", f"/{language}/")).text

    alice.client.post(at(book).replace("/en/", f"/{language}/"), {"kind": "csv"})

    assert only(alice).language == language


def test_a_page_of_exports_costs_as_much_for_many_as_for_few(
    alice: Person, book: AddressBook, people: list[Contact]
) -> None:
    counts = []
    for more in (1, 6):
        for _time in range(more):
            ready(alice, book)
        alice.client.get(at(book))
        with CaptureQueriesContext(connection) as seen:
            alice.client.get(at(book))
        counts.append(len(seen))

    assert counts[0] == counts[1]
