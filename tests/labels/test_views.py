"""Documents of a booked shipment, through the pages and the API."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from PIL import Image

from accounts.roles import Role
from labels import services
from labels.model import CustomsForm, Layout, Output
from security.egress import witness
from security.models import AccessEntry
from security.refusals import EgressBlocked
from shipments.models import Shipment
from tests.conftest import Person, make_person
from tests.labels.reading import codes, one_line, sizes_mm, thermal
from tests.shipments.booking import goods_to_london, letter_to_sha_tin, make_booked, make_draft

KINDS = ("label", "customs-form", "receipt")


def address(shipment: Shipment | Any, kind: str = "label", query: str = "") -> str:
    return f"/en/shipments/{getattr(shipment, 'pk', shipment)}/{kind}/{query}"


def ask(person: Person, where: str) -> HttpResponse:
    return person.client.get(where)  # type: ignore[return-value]


@pytest.fixture
def packet(alice: Person) -> Shipment:
    with alice.scope():
        return make_booked(goods_to_london())


def test_label_is_a_pdf_that_scans_and_is_never_cached(alice: Person, packet: Shipment) -> None:
    response = ask(alice, address(packet))

    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="label-{packet.item_number}.pdf"'
    assert "no-store" in response["Cache-Control"]
    assert sizes_mm(response.content)[0] == (188, 81)
    assert codes(thermal(response.content)) == [packet.item_number]
    assert "UNITED KINGDOM" in one_line(response.content)


def test_label_is_a_picture_where_asked(alice: Person, packet: Shipment) -> None:
    response = ask(alice, address(packet, query="?layout=4x6&output=png"))

    assert response["Content-Type"] == "image/png"
    assert codes(Image.open(io.BytesIO(response.content))) == [packet.item_number]


def test_customs_form_and_receipt_are_given(alice: Person, packet: Shipment) -> None:
    assert "Cotton shirt for men" in one_line(ask(alice, address(packet, "customs-form")).content)
    assert sizes_mm(ask(alice, address(packet, "receipt")).content) == [(148, 210)]


def test_goods_to_london_by_letter_post_declare_on_cn22(alice: Person, packet: Shipment) -> None:
    with alice.scope():
        data = services.label_data(packet)

    assert data.customs is not None
    assert data.customs.form == CustomsForm.CN22
    assert data.recipient.country == "UNITED KINGDOM"
    assert data.recipient.lines[-1] == "SW1A 1AA"


def test_local_letter_has_no_customs_form(alice: Person) -> None:
    with alice.scope():
        letter = make_booked(letter_to_sha_tin())

    assert ask(alice, address(letter, "customs-form")).status_code == 302
    assert codes(thermal(ask(alice, address(letter)).content)) == [letter.item_number]


def test_draft_has_no_label(alice: Person) -> None:
    with alice.scope():
        draft = make_draft(goods_to_london())

    assert [ask(alice, address(draft, kind)).status_code for kind in KINDS] == [302, 302, 302]


@pytest.mark.parametrize("query", ["?layout=a3", "?output=exe", "?start=0", "?start=5", "?start=x", "?document=x"])
def test_unknown_choices_are_refused(alice: Person, packet: Shipment, query: str) -> None:
    assert ask(alice, address(packet, query=query)).status_code == 400


@pytest.mark.parametrize("kind", KINDS)
def test_colleague_may_print(bob: Person, packet: Shipment, kind: str) -> None:
    assert ask(bob, address(packet, kind)).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_colleague_without_the_right_is_refused(viewer: Person, packet: Shipment, kind: str) -> None:
    assert ask(viewer, address(packet, kind)).status_code == 403


@pytest.mark.parametrize("kind", KINDS)
def test_stranger_sees_no_more_than_for_an_unknown_item(charlie: Person, packet: Shipment, kind: str) -> None:
    foreign, unknown = ask(charlie, address(packet, kind)), ask(charlie, address(uuid4(), kind))

    assert (foreign.status_code, unknown.status_code) == (404, 404)


def test_printing_is_in_the_access_log(alice: Person, packet: Shipment) -> None:
    ask(alice, address(packet))

    with alice.scope():
        prints = AccessEntry.objects.filter(action="print", kind="shipment")
        assert [entry.ids for entry in prints] == [[str(packet.pk)]]


def test_batch_is_one_document_and_one_entry_in_the_log(alice: Person) -> None:
    with alice.scope():
        items = [make_booked(goods_to_london()), make_booked(letter_to_sha_tin())]
        made = services.render_labels(shipments=items, layout=Layout.THERMAL, output=Output.PDF)[0]

    assert sizes_mm(made) == [(100, 150)] * 2
    assert [codes(thermal(made, page)) for page in (0, 1)] == [[item.item_number] for item in items]


def test_shipment_page_links_to_its_documents(alice: Person, packet: Shipment) -> None:
    page = ask(alice, f"/en/shipments/{packet.pk}/").content.decode()

    for kind in KINDS:
        assert address(packet, kind) in page


@pytest.fixture
def sale(alice: Person) -> Shipment:
    with alice.scope():
        return make_booked(goods_to_london(category="sale", invoice_number="INV-42"))


INVOICE = "?document=invoice"


def test_invoice_says_the_same_in_every_language(bob: Person, sale: Shipment) -> None:
    answers = [
        bob.client.get(f"/{code}/shipments/{sale.pk}/customs-form/{INVOICE}") for code in ("en", "zh-hant", "zh-hans")
    ]

    assert [answer["Content-Type"] for answer in answers] == ["application/pdf"] * 3
    english, *others = (one_line(answer.content) for answer in answers)
    assert "Commercial invoice" in english
    assert others == [english, english]


def test_invoice_is_for_those_who_may_print_and_for_no_stranger(
    viewer: Person, charlie: Person, sale: Shipment
) -> None:
    asked = address(sale, "customs-form", INVOICE)

    assert [ask(person, asked).status_code for person in (viewer, charlie)] == [403, 404]


@pytest.mark.parametrize("page", ["", "done/"])
def test_invoice_is_offered_where_goods_were_sold(alice: Person, packet: Shipment, sale: Shipment, page: str) -> None:
    offered = [
        address(item, "customs-form", INVOICE) in ask(alice, f"/en/shipments/{item.pk}/{page}").content.decode()
        for item in (sale, packet)
    ]

    assert offered == [True, False]


def test_what_was_not_sold_leads_back_to_the_shipment(alice: Person, packet: Shipment) -> None:
    answer = ask(alice, address(packet, "customs-form", INVOICE))

    assert (answer.status_code, answer["Location"]) == (302, f"/en/shipments/{packet.pk}/")
    assert "not declared as a sale" in ask(alice, answer["Location"]).content.decode()


def test_foreign_row_keeps_an_invoice_inside(alice: Person, charlie: Person, sale: Shipment) -> None:
    with alice.scope():
        found = Shipment.objects.get(pk=sale.pk)
        witness(Shipment(account_id=charlie.account.pk))

        with pytest.raises(EgressBlocked):
            services.render_invoice(shipment=found, layout=Layout.NATIVE, output=Output.PDF)


def test_member_without_the_right_sees_no_links(packet: Shipment, alice: Person) -> None:
    vera = make_person("vera", account=alice.account, role=Role.VIEWER)

    assert address(packet, "receipt") not in ask(vera, f"/en/shipments/{packet.pk}/").content.decode()
