"""The public pages, the staff page, and the timeline on the holder's own page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from security import limits
from tests.conftest import Person, make_person
from tests.console import ConsoleClient
from tests.pages import Page
from tests.tracking.journeys import NUMBER, OTHER, UNKNOWN, booked, record
from tracking.limits import LOOKUPS, SEARCH_SIZE
from tracking.models import Event

pytestmark = pytest.mark.django_db

GetPage = Callable[..., Page]
SEARCH, STAFF = "/en/track/", "/en/tracking/events/"
FORM = {"item_number": f"{NUMBER}\n{OTHER}", "code": "EMA", "at": "2026-03-27 20:00", "place": "HKHKGA"}


def test_the_search_box_is_there_for_anybody(get_page: GetPage) -> None:
    page = get_page(SEARCH)

    assert page.one("form[action='/en/track/'] textarea[name=numbers]")


def test_one_number_goes_to_its_own_page(client: Client) -> None:
    answer = client.post(SEARCH, {"numbers": "rb 1234 5678 5 hk"})

    assert (answer.status_code, answer["Location"]) == (302, f"/en/track/{NUMBER}/")


def test_several_numbers_are_answered_together(client: Client) -> None:
    record("EMA")
    record("EMI", number=OTHER, hours=2)

    page = Page(client.post(SEARCH, {"numbers": f"{NUMBER}, {OTHER}, {UNKNOWN}, RB123456789HK"}))

    page.check()
    assert [tag.get_text(strip=True) for tag in page.all("section h2")] == [NUMBER, OTHER, UNKNOWN]
    assert "There are no events for this item number." in page.text
    assert "Check each letter and digit of these. RB123456789HK" in page.text


@pytest.mark.parametrize("typed", ["", "   ", ", ,"])
def test_an_empty_search_says_what_to_enter(client: Client, typed: str) -> None:
    page = Page(client.post(SEARCH, {"numbers": typed}))

    page.check(400)
    assert "Enter an item number such as RB123456785HK." in page.text


def test_more_numbers_than_allowed_are_kept_and_refused(client: Client) -> None:
    typed = " ".join(f"X{number}" for number in range(SEARCH_SIZE + 1))

    page = Page(client.post(SEARCH, {"numbers": typed}))

    page.check(400)
    assert "Enter no more than 40 item numbers." in page.text
    assert typed in page.one("textarea").get_text()


def test_an_items_page_tells_its_events_newest_first(get_page: GetPage) -> None:
    record("EMC", hours=8)
    record("EMA", hours=0)

    page = get_page(f"/en/track/{NUMBER}/")

    assert page.one("h1").get_text(strip=True) == NUMBER
    assert page.text.index("Left outward office of exchange") < page.text.index("Posted or collected")
    assert page.one(".govuk-tag").get_text(strip=True) == "Left for destination"
    assert "HKHKGA" in page.text


def test_an_office_is_written_as_text(get_page: GetPage) -> None:
    record("EMA", place='<b>Kwun "Tong" & {{ 7|add:7 }}</b>')

    page = get_page(f"/en/track/{NUMBER}/")

    assert '<b>Kwun "Tong" & {{ 7|add:7 }}</b>' in page.text
    assert not page.all(".app-timeline b")


def test_an_items_page_shows_nothing_about_people(get_page: GetPage, alice: Person) -> None:
    shipment = booked(alice)
    record("EMH", reason="absent")

    for by in (None, alice):
        html = get_page(f"/en/track/{NUMBER}/", by=by).one("main").decode()
        for secret in ("Sender", "Recipient", "Order 4711", "alice", "Alice", str(shipment.pk), "operator:test"):
            assert secret not in html


def test_a_booked_item_without_events_is_the_same_as_an_unknown_one(client: Client, alice: Person) -> None:
    booked(alice)

    bodies = [client.get(f"/en/track/{number}/") for number in (NUMBER, OTHER)]

    assert [answer.status_code for answer in bodies] == [404, 404]
    texts = [Page(answer).one("main").get_text(" ", strip=True) for answer in bodies]
    assert texts[0].replace(NUMBER, OTHER) == texts[1]
    assert "There are no events for this item number." in texts[0]


@pytest.mark.parametrize("typed", ["RB123456789HK", "hello", "%3Cscript%3E", "x" * 300, "%00"])
def test_a_malformed_number_gets_a_clear_answer(get_page: GetPage, typed: str) -> None:
    page = get_page(f"/en/track/{typed}/", status=404)

    assert page.one("h1").get_text(strip=True) == "Not an item number"


def test_an_address_with_small_letters_leads_to_the_written_one(client: Client) -> None:
    assert client.get("/en/track/rb123456785hk/")["Location"] == f"/en/track/{NUMBER}/"


def test_looking_changes_nothing(client: Client) -> None:
    record("EMA")

    client.get(f"/en/track/{NUMBER}/")
    client.get(SEARCH, {"numbers": OTHER})

    assert Event.objects.count() == 1


def test_too_many_lookups_from_one_address_are_refused(client: Client) -> None:
    for _time in range(LOOKUPS.items // SEARCH_SIZE + 2):
        answer = client.post(SEARCH, {"numbers": " ".join(f"X{number}" for number in range(SEARCH_SIZE))})

    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= LOOKUPS.seconds
    assert Page(client.get(f"/en/track/{NUMBER}/")).status == 429
    Page(client.get(f"/en/track/{NUMBER}/")).check(429)


def test_a_network_that_detection_holds_back_is_told_when_it_may_come_back(client: Client) -> None:
    limits.exhaust(limits.SOURCE, limits.hashed_source("127.0.0.1"), seconds=1263, now=timezone.now())

    page = Page(client.get(f"/en/track/{NUMBER}/"))
    state = dict(part.split("=") for part in page.response["RateLimit"].split(";")[1:])

    page.check(429)
    assert "You can try again in 22 minutes." in page.text
    assert (state["r"], state["t"]) == ("0", page.response["Retry-After"])
    assert page.response["RateLimit-Policy"] == f'"held";q=0;w={state["t"]}'
    assert 1200 < int(state["t"]) <= 1264


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second."), (59, "59 seconds."), (60, "1 minute."), (3541, "1 hour."), (7201, "3 hours.")],
)
def test_a_wait_is_said_in_the_unit_that_one_waits_in(seconds: int, words: str) -> None:
    assert limits.wait_words(seconds).endswith(words)


@pytest.mark.skipif(
    not (settings.BASE_DIR / "locale" / "zh_Hant" / "LC_MESSAGES" / "django.mo").exists(),
    reason="THE MESSAGE CATALOGUES ARE NOT BUILT: run make messages",
)
@pytest.mark.parametrize(("language", "words"), [("zh-hant", "郵件"), ("zh-hans", "邮件")])
def test_the_pages_speak_chinese(get_page: GetPage, language: str, words: str) -> None:
    record("EMA")

    assert words in get_page(f"/{language}/track/{NUMBER}/").one("main").get_text()


# Staff ----------------------------------------------------------------------------------------------------------------


def test_staff_enter_one_event_for_many_items(get_page: GetPage, dana: Person) -> None:
    get_page(STAFF, by=dana)

    answer = dana.client.post(STAFF, FORM)

    assert (answer.status_code, answer["Location"]) == (302, STAFF)
    assert set(Event.objects.values_list("item_number", "code", "at__hour")) == {
        (NUMBER, "EMA", 20),
        (OTHER, "EMA", 20),
    }
    assert set(Event.objects.values_list("recorded_by", flat=True)) == {f"user:{dana.user.pk}"}


def test_the_same_form_twice_makes_no_second_event(dana: Person) -> None:
    dana.client.post(STAFF, FORM)
    dana.client.post(STAFF, FORM)

    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "typed", "at_fault", "words"),
    [
        ("item_number", "", "item_number", "Enter an item number such as RB123456785HK."),
        ("item_number", f"{NUMBER} RB123456789HK", "item_number", "These are not item numbers: RB123456789HK."),
        ("code", "ZZZ", "code", "Choose an event of the list."),
        ("code", "EMH", "reason", "Choose a reason: this event needs one."),
        ("at", "yesterday", "at", "Enter the date and time, for example 2026-03-27 14:30."),
        ("at", "9000-01-01 00:00", "at", "Enter a date and time that is not in the future."),
        ("place", "", "place", "Enter the name or the code of an office."),
        ("action", "return", "action", "Choose what happens next only for a delivery that was not successful."),
    ],
)
def test_wrong_input_is_kept_and_explained(dana: Person, field: str, typed: str, at_fault: str, words: str) -> None:
    page = Page(dana.client.post(STAFF, {**FORM, field: typed}))

    page.check(400)
    assert words in page.text
    assert page.all(f".govuk-error-summary a[href='#id_{at_fault}']")
    assert not Event.objects.exists()
    if field != "place":
        assert page.one("input[name=place]")["value"] == "HKHKGA"


def test_looking_at_the_form_records_nothing(dana: Person) -> None:
    dana.client.get(STAFF, FORM)

    assert not Event.objects.exists()


def test_customers_do_not_find_the_staff_page(alice: Person, charlie: Person) -> None:
    for person in (alice, charlie, make_person("erin", staff_role="auditor")):
        assert person.client.get(STAFF).status_code == 404
        assert person.client.post(STAFF, FORM).status_code == 404

    assert not Event.objects.exists()


def test_signed_out_people_are_asked_to_sign_in() -> None:
    answer = ConsoleClient().post(STAFF, FORM)

    assert answer.status_code == 302
    assert "sign-in" in answer["Location"]
    assert not Event.objects.exists()


# The holder's own page ------------------------------------------------------------------------------------------------


def test_the_holders_page_shows_the_timeline_from_the_booking_on(get_page: GetPage, alice: Person, bob: Person) -> None:
    shipment = booked(alice)
    record("EMA")

    for person in (alice, bob):
        section = get_page(f"/en/shipments/{shipment.pk}/", by=person).one("section[aria-labelledby=timeline-title]")
        text = section.get_text(" ", strip=True)
        assert text.index("Posted or collected") < text.index("Booked")


def test_a_stranger_does_not_find_the_holders_page(alice: Person, charlie: Person) -> None:
    shipment = booked(alice)
    record("EMA")

    assert charlie.client.get(f"/en/shipments/{shipment.pk}/").status_code == 404
