"""A shipment's documents for machines: label, customs form, certificate of posting."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from PIL import Image

from ecship.api import schema
from security.models import AccessEntry
from shipments.models import Shipment
from tests.conftest import Person
from tests.labels.reading import codes, one_line, sizes_mm, thermal
from tests.shipments.booking import goods_to_london, letter_to_sha_tin, make_booked, make_draft

KINDS = ("label", "customs", "receipt")
PROBLEM = "application/problem+json"


def address(shipment: Shipment | Any, kind: str = "label", query: str = "") -> str:
    return f"/api/v1/shipments/{getattr(shipment, 'pk', shipment)}/{kind}/{query}"


def ask(person: Person, where: str, **headers: str) -> HttpResponse:
    return person.client.get(where, headers=headers)  # type: ignore[return-value]


@pytest.fixture
def packet(alice: Person) -> Shipment:
    with alice.scope():
        return make_booked(goods_to_london())


@pytest.fixture
def sale(alice: Person) -> Shipment:
    with alice.scope():
        return make_booked(goods_to_london(category="sale", invoice_number="INV-42"))


INVOICE = "?document=invoice"


@pytest.mark.parametrize(
    ("layout", "size"), [("native", (188, 81)), ("4x6", (100, 150)), ("a4", (210, 297))], ids=["native", "4x6", "a4"]
)
def test_label_has_the_layout_asked_and_scans(
    alice: Person, packet: Shipment, layout: str, size: tuple[int, int]
) -> None:
    response = ask(alice, address(packet, query=f"?output=pdf&layout={layout}"))

    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert "no-store" in response["Cache-Control"]
    assert sizes_mm(response.content)[0] == size
    assert codes(thermal(response.content)) == [packet.item_number]


@pytest.mark.parametrize("accept", ["application/pdf", "image/png", "application/json", "*/*", "text/html"])
def test_label_is_given_whatever_the_client_says_it_accepts(alice: Person, packet: Shipment, accept: str) -> None:
    assert ask(alice, address(packet), accept=accept).status_code == 200


def test_label_is_a_picture_where_asked(alice: Person, packet: Shipment) -> None:
    response = ask(alice, address(packet, query="?output=png&layout=4x6"))

    assert response["Content-Type"] == "image/png"
    assert codes(Image.open(io.BytesIO(response.content))) == [packet.item_number]


def test_several_pictures_come_in_one_file_as_the_schema_says(alice: Person, packet: Shipment) -> None:
    response = ask(alice, address(packet, query="?output=png"))

    with zipfile.ZipFile(io.BytesIO(response.content)) as folder:
        assert [name.rsplit("-", 1)[1] for name in folder.namelist()] == ["1.png", "2.png"]
    said = schema.document()["paths"]["/api/v1/shipments/{shipment_id}/label/"]["get"]["responses"]["200"]["content"]
    assert response["Content-Type"] in said


@pytest.mark.parametrize("start", [1, 2, 3, 4])
def test_label_takes_the_place_asked_on_a_sheet(alice: Person, start: int) -> None:
    with alice.scope():
        letter = make_booked(letter_to_sha_tin())

    picture = thermal(ask(alice, address(letter, query=f"?layout=a4&start={start}")).content)

    column, row = (start - 1) % 2, (start - 1) // 2
    width, height = picture.width // 2, picture.height // 2
    place = (column * width, row * height, (column + 1) * width, (row + 1) * height)
    assert codes(picture.crop(place)) == [letter.item_number]


def test_customs_form_and_receipt_are_given(alice: Person, packet: Shipment) -> None:
    customs, receipt = (ask(alice, address(packet, kind)) for kind in ("customs", "receipt"))

    assert "Cotton shirt for men" in one_line(customs.content)
    assert sizes_mm(receipt.content) == [(148, 210)]
    words = one_line(receipt.content)
    for said in (
        "Certificate of posting",
        "Air Registered",
        "Edith Example",
        "Alice Wong",
        "only with the post office",
    ):
        assert said in words
    assert codes(thermal(receipt.content)) == [packet.item_number]


def test_invoice_goes_with_goods_that_were_sold(alice: Person, sale: Shipment) -> None:
    response = ask(alice, address(sale, "customs", INVOICE))

    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response["Content-Disposition"] == f'attachment; filename="invoice-{sale.item_number}.pdf"'
    assert "no-store" in response["Cache-Control"]
    assert sizes_mm(response.content) == [(210, 297)]
    words = one_line(response.content)
    for said in ("Commercial invoice", "INV-42", "Cotton shirt for men", "HKD 80.00", "HKD 160.00", "Edith Example"):
        assert said in words


def test_customs_form_is_given_unless_the_invoice_is_asked_for(alice: Person, sale: Shipment) -> None:
    for query in ("", "?document=declaration"):
        assert "Customs declaration" in one_line(ask(alice, address(sale, "customs", query)).content)


def test_what_was_not_sold_has_no_invoice(alice: Person, packet: Shipment) -> None:
    with alice.scope():
        letter = make_booked(letter_to_sha_tin())

    for shipment in (packet, letter):
        response = ask(alice, address(shipment, "customs", INVOICE))

        assert (response.status_code, response["Content-Type"]) == (409, PROBLEM)
        assert "not declared as a sale" in response.json()["detail"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("?document=receipt", "/document"),
        ("?document=", "/document"),
        ("?layout=a3", "/layout"),
        ("?output=exe", "/output"),
        ("?output=svg", "/output"),
        ("?start=0", "/start"),
        ("?start=5", "/start"),
        ("?start=x", "/start"),
        ("?start=", "/start"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_unknown_choices_are_refused_by_name(
    alice: Person, packet: Shipment, kind: str, query: str, pointer: str
) -> None:
    response = ask(alice, address(packet, kind, query))

    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", KINDS)
def test_draft_has_no_documents(alice: Person, kind: str) -> None:
    with alice.scope():
        draft = make_draft(goods_to_london())

    response = ask(alice, address(draft, kind))

    assert (response.status_code, response["Content-Type"]) == (409, PROBLEM)


def test_item_without_customs_has_no_customs_form(alice: Person) -> None:
    with alice.scope():
        letter = make_booked(letter_to_sha_tin())

    assert ask(alice, address(letter, "customs")).status_code == 409


@pytest.mark.parametrize("kind", KINDS)
def test_colleague_without_the_right_is_refused(viewer: Person, packet: Shipment, kind: str) -> None:
    assert ask(viewer, address(packet, kind)).status_code == 403


@pytest.mark.parametrize("kind", KINDS)
def test_stranger_sees_no_more_than_for_an_unknown_item(charlie: Person, packet: Shipment, kind: str) -> None:
    foreign, unknown = ask(charlie, address(packet, kind)), ask(charlie, address(uuid4(), kind))

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert {**foreign.json(), "instance": ""} == {**unknown.json(), "instance": ""}  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", KINDS)
def test_printing_is_in_the_access_log(alice: Person, packet: Shipment, kind: str) -> None:
    ask(alice, address(packet, kind))

    with alice.scope():
        prints = AccessEntry.objects.filter(action="print", kind="shipment")
        assert [entry.ids for entry in prints] == [[str(packet.pk)]]


def test_invoice_is_for_those_who_may_print_and_for_no_stranger(
    viewer: Person, charlie: Person, sale: Shipment
) -> None:
    foreign, unknown = (ask(charlie, address(item, "customs", INVOICE)) for item in (sale, uuid4()))

    assert ask(viewer, address(sale, "customs", INVOICE)).status_code == 403
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert {**foreign.json(), "instance": ""} == {**unknown.json(), "instance": ""}  # type: ignore[attr-defined]


def test_draft_has_no_invoice(alice: Person) -> None:
    with alice.scope():
        draft = make_draft(goods_to_london(category="sale"))

    assert ask(alice, address(draft, "customs", INVOICE)).status_code == 409


def test_printing_an_invoice_is_in_the_access_log(alice: Person, sale: Shipment) -> None:
    ask(alice, address(sale, "customs", INVOICE))

    with alice.scope():
        prints = AccessEntry.objects.filter(action="print", kind="shipment")
        assert [entry.ids for entry in prints] == [[str(sale.pk)]]
