"""The quote engine: every service is an offer or a refusal with its reason."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from security import scope
from security.limits import Limit
from security.warrants import Warrant
from shipments import pricing, quotes
from shipments.catalogue import FORMAT_LIMITS, FORMATS, SERVICES
from shipments.models import Destination, Suspension
from shipments.quotes import QuoteRequest, QuoteResult
from shipments.tariff import snapshot
from shipments.views import quoting

pytestmark = pytest.mark.django_db

ON = date(2024, 3, 1)


def ask(destination: str, weight_g: int, *, on: date = ON, **more: Any) -> QuoteResult:
    return quotes.quote(QuoteRequest(destination=destination, weight_g=weight_g, on=on, **more), snapshot.current())


def prices(result: QuoteResult) -> dict[str, Decimal]:
    return {offer.service.code: offer.postage_hkd for offer in result.offers}


def codes(result: QuoteResult) -> dict[str, str]:
    return {refusal.service.code: refusal.code for refusal in result.refused}


def test_every_service_answers_once_and_the_cheapest_stands_first() -> None:
    result = ask("FR", 400)

    answered = [offer.service.code for offer in result.offers] + [refusal.service.code for refusal in result.refused]
    assert sorted(answered) == sorted(SERVICES)
    postages = [offer.postage_hkd for offer in result.offers]
    assert postages == sorted(postages)
    assert {"EMS", "AEX", "ARM", "SRM", "APL", "SPL", "AOM", "SOM"} <= prices(result).keys()


def test_local_services_serve_hong_kong_alone_and_the_others_abroad_alone() -> None:
    local, abroad = ask("HK", 400), ask("FR", 400)

    assert prices(local).keys() == {"LCP", "LPL", "LRM", "LOM"}
    assert codes(local)["EMS"] == "not_served"
    assert codes(abroad)["LRM"] == "not_served"


def test_what_cannot_be_booked_here_says_why() -> None:
    refused = codes(ask("FR", 400))

    assert refused["SMP"] == "retired"
    assert refused["LEG"] == "no_public_tariff"
    assert refused["IML"] == "bulk_only"


def test_a_split_destination_asks_which_part_and_then_prices_it() -> None:
    asked = ask("CU", 1000)
    answered = {zone: prices(ask("CU", 4000, zone=zone))["APL"] for zone in ("CP", "CU")}

    refusal = next(refusal for refusal in asked.refused if refusal.service.code == "APL")
    assert (refusal.code, refusal.zones) == ("zone_required", ("CP", "CU"))
    assert "EMS" in prices(asked)
    assert answered == {"CP": Decimal("903.00"), "CU": Decimal("684.00")}


def test_a_destination_whose_parts_cost_the_same_is_priced_without_being_asked_which() -> None:
    """Such as the tables in force have it: no service goes to New York for another price than to Hawaii."""
    tariff = snapshot.current()
    whole, part = ask("US", 400, contents="documents"), ask("US", 400, contents="documents", zone="UB")
    split = Counter(Destination.objects.values_list("code", flat=True))

    assert prices(whole) == prices(part)
    assert {offer.zone for offer in whole.offers if offer.service.code == "APL"} == {"US"}
    assert {offer.zone for offer in part.offers if offer.service.code == "APL"} == {"UB"}
    asked = {code for code, parts in split.items() if parts > 1 and quotes.asks_zone(code, tariff, on=ON)}
    assert asked == {"CN", "CU", "YE"}


def test_one_service_that_differs_by_a_cent_is_reason_enough_to_ask() -> None:
    tariff = snapshot.current()
    key = ("AIR_PAR", "")
    newest = tariff.generations[key][0]
    first, *others = newest.by_destination["US"]
    dearer = replace(first, steps=(replace(first.steps[0], amount=first.steps[0].amount + Decimal("0.01")),))
    changed = replace(newest, by_destination={**newest.by_destination, "US": (dearer, *others)})
    with_it = replace(tariff, generations={**tariff.generations, key: (changed,)})
    request = QuoteRequest(destination="US", weight_g=400, contents="documents", on=ON)

    refused = {refusal.service.code: refusal.code for refusal in quotes.quote(request, with_it).refused}

    assert quotes.asks_zone("US", with_it, on=ON)
    assert refused["APL"] == "zone_required"


def test_the_quote_page_lists_parts_where_they_matter_and_still_knows_the_others(client: Client) -> None:
    choices = dict(pricing.quote_choices())
    kept = client.get("/en/quote/", {"destination": "US-UA", "weight_g": "40", "contents": "documents"})

    assert [code for code in choices if code.startswith("US-")] == ["US-US"]
    assert {"CU-CU", "CU-CP"} <= choices.keys()
    assert kept.status_code == 200
    assert 'value="US-US" selected' in kept.content.decode()
    assert "error" not in kept.content.decode()


def test_exactly_two_kilograms_has_a_price_and_a_gram_more_has_none() -> None:
    at, above = ask("GB", 2000, format="packet", zone="GB"), ask("GB", 2001, format="packet", zone="GB")

    assert {"ARM", "SRM", "AOM", "SOM"} <= prices(at).keys()
    assert {codes(above)[code] for code in ("ARM", "SRM", "AOM", "SOM")} == {"too_heavy"}


def test_e_express_takes_one_kilogram_to_the_usa_and_to_france() -> None:
    for destination in ("US", "FR"):
        assert "AEX" in prices(ask(destination, 1000, contents="documents"))
        assert codes(ask(destination, 1001, contents="documents"))["AEX"] == "too_heavy"


def test_a_format_has_limits_of_its_own_and_none_asked_takes_the_cheapest_that_fits() -> None:
    small, chosen = ask("FR", 51, format="small_letter"), ask("FR", 51, contents="documents")

    assert codes(small)["ARM"] == "too_heavy"
    offer = next(offer for offer in chosen.offers if offer.service.code == "ARM")
    assert offer.format in {"large_letter", "packet"}


@pytest.mark.parametrize(
    ("asked", "format_"),
    [
        ({}, "packet"),  # nothing says that it is flat
        ({"size_mm": (300, 200, 20)}, "large_letter"),
        ({"size_mm": (300, 200, 21)}, "packet"),
        ({"format": "large_letter"}, "large_letter"),
        ({"contents": "documents"}, "large_letter"),
    ],
)
def test_goods_of_unknown_size_are_a_packet(asked: dict[str, Any], format_: str) -> None:
    offers = {offer.service.code: offer.format for offer in ask("FR", 400, **asked).offers}

    assert {offers[code] for code in ("ARM", "SRM", "AOM", "SOM")} == {format_}


def test_a_formats_limits_are_said_as_the_engine_has_them() -> None:
    for code, limits in FORMATS.items():
        size = limits.size
        said = {int(number) for number in re.findall(r"\d+", str(FORMAT_LIMITS[code]))}

        assert said == {size.length_mm, size.width_mm, size.depth_mm, size.sum_mm, limits.most_g} - {0}


def test_sizes_are_refused_above_and_below() -> None:
    assert codes(ask("FR", 40, format="small_letter", size_mm=(246, 165, 5)))["AOM"] == "too_large"
    assert "AOM" in prices(ask("FR", 40, format="small_letter", size_mm=(165, 245, 5)))
    assert codes(ask("FR", 400, format="packet", size_mm=(600, 200, 101)))["ARM"] == "too_large"
    assert codes(ask("FR", 400, format="packet", size_mm=(139, 90, 20)))["ARM"] == "too_small"
    assert codes(ask("FR", 4000, size_mm=(1501, 100, 100)))["APL"] == "too_large"


def test_macao_has_no_air_registered_mail() -> None:
    assert codes(ask("MO", 20, format="small_letter"))["ARM"] == "not_served"
    assert codes(ask("MO", 20, format="small_letter"))["AOM"] == "not_served"


@pytest.mark.parametrize(
    ("on", "stopped"),
    [
        (date(2025, 4, 15), set()),
        (date(2025, 4, 16), {"SRM", "SPL", "SOM"}),
        (date(2025, 4, 26), {"SRM", "SPL", "SOM"}),
        (date(2025, 4, 27), {"SRM", "SPL", "SOM", "EMS", "AEX", "ARM", "APL", "AOM"}),
        (date(2026, 11, 1), {"SRM", "SPL", "SOM", "EMS", "AEX", "ARM", "APL", "AOM"}),
    ],
)
def test_goods_to_the_usa_stop_by_day_and_documents_go_on(on: date, stopped: set[str]) -> None:
    goods, documents = ask("US", 400, on=on), ask("US", 400, on=on, contents="documents")

    assert {code for code, why in codes(goods).items() if why == "suspended"} == stopped
    assert "suspended" not in codes(documents).values()
    assert "EMS" in prices(documents)


def test_the_reason_of_a_suspension_is_in_the_readers_language() -> None:
    said = []
    for language in ("en", "zh-hant", "zh-hans"):
        with translation.override(language):
            refused = ask("US", 400, on=date(2026, 1, 1)).refused
            said.append(next(refusal.detail for refusal in refused if refusal.service.code == "EMS"))

    assert "suspended" in said[0]
    assert "暫停" in said[1]
    assert "暂停" in said[2]


def test_a_suspension_of_all_services_with_an_end_holds_through_its_last_day() -> None:
    with scope.warrant(Warrant.REFERENCE):
        Suspension.objects.create(
            destination="FJ", from_on=date(2024, 3, 1), until_on=date(2024, 3, 31), reason_en="a", reason_zh_hant="b",
            reason_zh_hans="c",
        )  # fmt: skip

    for on, stopped in ((date(2024, 2, 29), False), (date(2024, 3, 31), True), (date(2024, 4, 1), False)):
        assert ("suspended" in codes(ask("FJ", 100, on=on, contents="documents")).values()) is stopped


def test_nothing_is_priced_before_the_first_tariff_held() -> None:
    result = ask("GB", 100, on=date(2020, 1, 1))

    assert result.offers == []


def test_an_unknown_destination_is_refused_by_every_service() -> None:
    result = ask("ZZ", 100)

    assert result.offers == []
    assert len(result.refused) == len(SERVICES)


def test_only_the_services_asked_for_answer() -> None:
    result = ask("FR", 100, services=("EMS", "SMP"))

    assert prices(result).keys() == {"EMS"}
    assert codes(result) == {"SMP": "retired"}


def test_an_offer_names_the_edition_and_whether_it_is_to_be_confirmed() -> None:
    offers = {offer.service.code: offer for offer in ask("DE", 1000).offers}

    assert offers["APL"].edition == "2023-01-06"
    assert offers["APL"].to_be_confirmed
    assert not offers["EMS"].to_be_confirmed


def test_the_engine_itself_asks_the_database_nothing() -> None:
    tariff = snapshot.current()

    with CaptureQueriesContext(connection) as queries:
        quotes.quote(QuoteRequest(destination="AU", weight_g=1000, on=ON), tariff)

    assert len(queries) == 0


@given(
    destination=st.sampled_from(["FR", "US", "JP", "XA", "HK", "ZZ", "", "GB"]),
    weight_g=st.integers(-5, 50_000),
    contents=st.sampled_from(["goods", "documents"]),
    size=st.none() | st.tuples(*[st.integers(1, 3000)] * 3),
)
def test_whatever_is_asked_every_service_answers_once(
    tariff: snapshot.Tariff, destination: str, weight_g: int, contents: str, size: tuple[int, int, int] | None
) -> None:
    request = QuoteRequest(destination=destination, weight_g=weight_g, on=ON, contents=contents, size_mm=size)

    result = quotes.quote(request, tariff)

    assert len(result.offers) + len(result.refused) == len(SERVICES)
    assert all(offer.postage_hkd > 0 and weight_g <= offer.max_weight_g for offer in result.offers)
    assert all(refusal.detail for refusal in result.refused)


@pytest.fixture(scope="module")
def tariff(django_db_setup: None, django_db_blocker: Any) -> snapshot.Tariff:
    with django_db_blocker.unblock():
        return snapshot.current()


def test_one_address_asks_so_often_and_then_waits(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quoting, "QUESTIONS", Limit(name="quotes", items=2, seconds=3600))
    asked = {"destination": "FR", "weight_g": "100", "contents": "documents"}

    answers = [client.get("/en/quote/", asked) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert client.get("/en/quote/", asked, REMOTE_ADDR="192.0.2.9").status_code == 200
    assert client.get("/en/quote/").status_code == 200  # the empty form asks nothing
