"""Booking: a draft becomes an item once, moves as the post says, and ends when its days are over."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from addressbook import countries
from security import scope
from security.models import AccessEntry
from security.permissions import Permission
from security.refusals import Forbidden, NotFound
from shipments import access, item_numbers, services
from shipments.models import Shipment, Status
from tests.conftest import Person
from tests.shipments.booking import (
    NOW,
    SHIRT,
    documents_to_new_york,
    given_out,
    goods_to_london,
    letter_to_sha_tin,
    make_booked,
    make_draft,
)


def test_booking_gives_number_price_edition_and_last_day(alice: Person) -> None:
    with alice.scope():
        draft = make_draft()

        booked = services.book_shipment(shipment_id=draft.pk, now=NOW)

        assert booked.status == Status.BOOKED
        assert item_numbers.is_valid(booked.item_number or "")
        assert booked.postage_hkd is not None
        assert booked.postage_hkd > 0
        assert booked.tariff_edition == "2023-01-06"
        assert booked.valid_until == services.hong_kong_day(NOW) + timedelta(days=90)
        assert booked.booked_at == NOW


def test_booking_again_returns_the_same_item(alice: Person) -> None:
    with alice.scope():
        first = make_booked()

        second = services.book_shipment(shipment_id=first.pk, now=NOW + timedelta(hours=1))

        assert second.item_number == first.item_number
        assert second.booked_at == first.booked_at


def test_a_refused_booking_takes_no_number(alice: Person) -> None:
    with alice.scope():
        draft = make_draft(goods_to_london(items=[]))

        with pytest.raises(services.NotReady) as refused:
            services.book_shipment(shipment_id=draft.pk, now=NOW)

        assert [problem.code for problem in refused.value.problems] == ["required"]
        draft.refresh_from_db()
        assert draft.status == Status.DRAFT
        assert draft.item_number is None


def test_documents_need_no_declaration(alice: Person) -> None:
    with alice.scope():
        booked = make_booked(documents_to_new_york(zone="UA"))

        assert booked.items == []
        assert booked.category == "documents"


def test_goods_to_the_usa_are_refused_with_the_reason(alice: Person) -> None:
    with alice.scope():
        draft = make_draft(documents_to_new_york(contents="goods", category="gift", items=[{**SHIRT, "weight_g": 30}]))

        with pytest.raises(services.NotReady) as refused:
            services.book_shipment(shipment_id=draft.pk, now=NOW)

        assert [problem.code for problem in refused.value.problems] == ["suspended"]
        assert "USA" in refused.value.problems[0].message


def test_a_local_registered_letter_needs_no_declaration(alice: Person) -> None:
    with alice.scope():
        booked = make_booked(letter_to_sha_tin())

        assert booked.destination == countries.HONG_KONG
        assert (booked.item_number or "").startswith("RA")


def test_a_local_ordinary_letter_has_no_number(alice: Person) -> None:
    with alice.scope():
        booked = make_booked(letter_to_sha_tin(service="LOM"))

        assert booked.status == Status.BOOKED
        assert booked.item_number is None


def test_a_sender_without_mobile_cannot_send_goods_to_the_uk(alice: Person) -> None:
    with alice.scope():
        values = goods_to_london()
        values["sender"] = {**values["sender"], "phone": "+852 2345 6789"}
        draft = make_draft(values)

        with pytest.raises(services.NotReady) as refused:
            services.book_shipment(shipment_id=draft.pk, now=NOW)

        assert [problem.code for problem in refused.value.problems] == ["mobile_required"]


def test_a_sender_abroad_is_refused(alice: Person) -> None:
    with alice.scope():
        values = goods_to_london()
        draft = make_draft({**values, "sender": {**values["recipient"], "phone": "+852 9123 4567"}})

        with pytest.raises(services.NotReady) as refused:
            services.book_shipment(shipment_id=draft.pk, now=NOW)

        assert "not_hong_kong" in {problem.code for problem in refused.value.problems}


def test_a_changed_price_is_not_booked_unseen(alice: Person) -> None:
    with alice.scope():
        draft = make_draft()

        with pytest.raises(services.PriceChanged):
            services.book_shipment(shipment_id=draft.pk, now=NOW, expected_postage_hkd=Decimal("0.10"))

        draft.refresh_from_db()
        assert draft.status == Status.DRAFT


def test_the_same_submission_makes_one_draft(alice: Person) -> None:
    key = uuid4()
    with alice.scope():
        first = services.start_draft(now=NOW, submission_key=key)
        second = services.start_draft(now=NOW, submission_key=key)

        assert first.pk == second.pk


def test_the_same_submission_key_of_a_stranger_is_another_draft(alice: Person, charlie: Person) -> None:
    key = uuid4()
    with alice.scope():
        hers = services.start_draft(now=NOW, submission_key=key)
    with charlie.scope():
        his = services.start_draft(now=NOW, submission_key=key)

    assert hers.pk != his.pk


def test_another_country_forgets_the_zone_of_the_last(alice: Person) -> None:
    with alice.scope():
        draft = make_draft(documents_to_new_york(zone="UA"))

        changed = services.save_step(
            shipment_id=draft.pk, step="recipient", values={"recipient": goods_to_london()["recipient"]}, now=NOW
        )

        assert (changed.destination, changed.zone) == ("GB", "")


def test_a_draft_cannot_set_its_own_price_or_status(alice: Person) -> None:
    with alice.scope():
        draft = make_draft()

        with pytest.raises(ValueError, match="status"):
            services.save_step(shipment_id=draft.pk, step="", values={"status": "booked"}, now=NOW)


def test_a_booked_item_is_not_changed_by_its_form(alice: Person) -> None:
    with alice.scope():
        booked = make_booked()

        with pytest.raises(services.WrongStatus):
            services.save_step(shipment_id=booked.pk, step="contents", values={"weight_g": 1}, now=NOW)
        with pytest.raises(services.WrongStatus):
            services.delete_draft(shipment_id=booked.pk)


def test_ship_again_copies_parties_and_contents_but_no_number(alice: Person) -> None:
    with alice.scope():
        booked = make_booked()

        again = services.ship_again(shipment_id=booked.pk, now=NOW + timedelta(days=1))

        assert again.pk != booked.pk
        assert (again.status, again.item_number, again.postage_hkd) == (Status.DRAFT, None, None)
        assert (again.sender, again.recipient, again.items) == (booked.sender, booked.recipient, booked.items)


# The state machine -------------------------------------------------------------------------------------


def test_cancel_works_before_acceptance_and_twice(alice: Person) -> None:
    with alice.scope():
        booked = make_booked()

        services.cancel_shipment(shipment_id=booked.pk, now=NOW)
        cancelled = services.cancel_shipment(shipment_id=booked.pk, now=NOW)

        assert cancelled.status == Status.CANCELLED
        with pytest.raises(services.WrongStatus):
            services.book_shipment(shipment_id=booked.pk, now=NOW)


def test_cancel_refuses_after_acceptance(alice: Person) -> None:
    with alice.scope():
        accepted = services.advance(shipment_id=make_booked().pk, status=Status.ACCEPTED, now=NOW)

        with pytest.raises(services.WrongStatus):
            services.cancel_shipment(shipment_id=accepted.pk, now=NOW)


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.IN_TRANSIT, Status.DELIVERED, Status.RETURNED])
def test_a_booked_item_may_skip_ahead(alice: Person, status: str) -> None:
    with alice.scope():
        moved = services.advance(shipment_id=make_booked().pk, status=status, now=NOW)

        assert moved.status == status


def test_a_late_scan_does_not_move_an_item_back(alice: Person) -> None:
    with alice.scope():
        booked = make_booked()
        services.advance(shipment_id=booked.pk, status=Status.DELIVERED, now=NOW)

        late = services.advance(shipment_id=booked.pk, status=Status.IN_TRANSIT, now=NOW)

        assert late.status == Status.DELIVERED


def test_a_draft_and_a_cancelled_item_do_not_move(alice: Person) -> None:
    with alice.scope():
        draft, cancelled = make_draft(), make_booked()
        services.cancel_shipment(shipment_id=cancelled.pk, now=NOW)

        for shipment in (draft, cancelled):
            with pytest.raises(services.WrongStatus):
                services.advance(shipment_id=shipment.pk, status=Status.ACCEPTED, now=NOW)


def test_the_counter_keeps_the_final_postage(alice: Person) -> None:
    with alice.scope():
        moved = services.advance(
            shipment_id=make_booked().pk, status=Status.ACCEPTED, now=NOW, final_postage_hkd=Decimal("99.50")
        )

        moved.refresh_from_db()
        assert moved.final_postage_hkd == Decimal("99.50")


# Retention --------------------------------------------------------------------------------------------


def test_drafts_are_deleted_after_90_days_and_not_before(alice: Person) -> None:
    with alice.scope():
        draft = make_draft()

        assert services.expire(now=NOW + timedelta(days=89)) == (0, 0)
        assert services.expire(now=NOW + timedelta(days=91), dry_run=True) == (1, 0)
        assert Shipment.objects.filter(pk=draft.pk).exists()
        assert services.expire(now=NOW + timedelta(days=91)) == (1, 0)
        assert not Shipment.objects.filter(pk=draft.pk).exists()


def test_labels_expire_the_day_after_their_last(alice: Person) -> None:
    with alice.scope():
        booked = make_booked()

        assert services.expire(now=NOW + timedelta(days=90)) == (0, 0)
        assert services.expire(now=NOW + timedelta(days=91)) == (0, 1)
        booked.refresh_from_db()
        assert booked.status == Status.EXPIRED


def test_an_item_on_its_way_does_not_expire(alice: Person) -> None:
    with alice.scope():
        services.advance(shipment_id=make_booked().pk, status=Status.IN_TRANSIT, now=NOW)

        assert services.expire(now=NOW + timedelta(days=400)) == (0, 0)


# What the database promises ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("shipment_contents_known", {"contents": "hope"}),
        ("shipment_format_known", {"format": "tube"}),
        ("shipment_weight_above_nothing", {"weight_g": 0}),
        ("shipment_draft_has_no_number", {"item_number": "RB123456785HK"}),
        ("shipment_booked_is_complete", {"status": "booked"}),
    ],
)
def test_the_database_refuses_an_impossible_draft(alice: Person, name: str, changes: dict[str, object]) -> None:
    with alice.scope():
        given_out("RB123456785HK")
        draft = make_draft()

        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Shipment.objects.filter(pk=draft.pk).update(**changes)


def test_the_database_refuses_an_unknown_status(alice: Person) -> None:
    with alice.scope():
        booked = make_booked()

        with pytest.raises(IntegrityError, match="shipment_status_known"), transaction.atomic():
            Shipment.objects.filter(pk=booked.pk).update(status="lost")


def test_the_database_refuses_a_number_twice(alice: Person, charlie: Person) -> None:
    with alice.scope():
        number = make_booked().item_number
    with charlie.scope():
        other = make_booked()

        with pytest.raises(IntegrityError, match="shipment_item_number_once"), transaction.atomic():
            Shipment.objects.filter(pk=other.pk).update(item_number=number)


# Walls --------------------------------------------------------------------------------------------


def test_a_stranger_finds_nothing_through_any_service(alice: Person, charlie: Person) -> None:
    with alice.scope():
        hers = make_booked().pk

    with charlie.scope():
        for act in (
            lambda: services.book_shipment(shipment_id=hers, now=NOW),
            lambda: services.cancel_shipment(shipment_id=hers, now=NOW),
            lambda: services.advance(shipment_id=hers, status="accepted", now=NOW),
            lambda: services.save_step(shipment_id=hers, step="", values={}, now=NOW),
            lambda: services.delete_draft(shipment_id=hers),
            lambda: services.ship_again(shipment_id=hers, now=NOW),
        ):
            with pytest.raises(NotFound):
                act()


def test_what_happens_to_a_shipment_stands_in_the_access_log(alice: Person) -> None:
    with alice.scope():
        booked = make_booked()
        services.cancel_shipment(shipment_id=booked.pk, now=NOW)

        entries = AccessEntry.objects.filter(kind="shipment").order_by("at")
        assert [entry.action for entry in entries] == ["create", "book", "cancel"]
        assert {tuple(entry.ids) for entry in entries} == {(str(booked.pk),)}
        assert {entry.user_id for entry in entries} == {scope.current().user_id}


def test_without_the_permission_wall_a_colleague_gets_through_and_a_stranger_does_not(
    alice: Person, viewer: Person, charlie: Person, settings: Any
) -> None:
    with alice.scope():
        hers = make_draft().pk
    with viewer.scope(), pytest.raises(Forbidden):
        access.get_shipment(hers, to=Permission.SHIPMENT_BOOK)

    settings.SECURITY_WALLS_OFF = frozenset({"permission"})

    with viewer.scope():
        assert access.get_shipment(hers, to=Permission.SHIPMENT_BOOK).pk == hers
    with charlie.scope(), pytest.raises(NotFound):
        access.get_shipment(hers, to=Permission.SHIPMENT_BOOK)
