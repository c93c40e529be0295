"""Labels for thermal printers: what a printer would draw, and that no name commands it."""

from __future__ import annotations

import io
import random
import re
from dataclasses import replace

import pytest
from django.http import HttpResponse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from labels import bitmaps, documents, zpl
from labels.model import CustomsForm, LabelData, Layout, Output
from security.models import AccessEntry
from shipments.models import Shipment
from tests.conftest import Person
from tests.labels import zebra
from tests.labels.reading import codes
from tests.labels.samples import SENDER, sample
from tests.shipments.booking import goods_to_london, make_booked

EVIL = "^XZ^XA~JR^FO0,0^FDx^FS ~HS _5E \\& \u0000\r\n<b>{}%n"
NAUGHTY = [
    EVIL, "_5EXZ", "^", "~", "_", "\\&", "^FS^XZ", ">;>8", "O'Brien & Sons; DROP TABLE", "Zoë ^XZ 陳大文 ~JA",
    "\u202e^XZ", "a" * 300, "\uff3eXZ", "\x1b[2J", "𠮷野家", "👍^PW1",
]  # fmt: skip


def printed(data: LabelData, layout: Layout = Layout.THERMAL, dpi: int = 203) -> list[zebra.Printed]:
    return zebra.read(documents.thermal(data, layout=layout, dpi=dpi))


@pytest.mark.parametrize("dpi", zpl.RESOLUTIONS)
@pytest.mark.parametrize("layout", [Layout.NATIVE, Layout.THERMAL])
def test_a_label_is_of_its_size_and_its_bars_are_the_item_number(layout: Layout, dpi: int) -> None:
    data = sample("ARM")

    [page] = printed(data, layout, dpi)

    width, height = (100, 150) if layout == Layout.THERMAL else (188, 81)
    assert abs(page.width - width * dpi / 25.4) < 2
    assert abs(page.length - height * dpi / 25.4) < 2
    assert page.barred == [data.item_number]
    assert codes(page.picture) == [data.item_number]


def test_plain_lines_are_text_and_others_are_in_the_picture() -> None:
    data = sample("ARM")
    [page] = printed(data)
    [without] = printed(replace(data, sender=replace(SENDER, local_lines=())))

    assert {"Mary Example", "Example Trading Ltd", "LONDON", "UNITED KINGDOM", "Chan Tai Man"} <= set(page.words)
    assert {"HK$123.40", "0.850 kg", "2026-03-02", "2026-05-31"} <= set(page.words)
    assert sum(map(str.isascii, page.words)) == len(page.words)
    assert ink(page) > ink(without) > 0, "the sender's Chinese lines are dots"


def ink(page: zebra.Printed) -> int:
    return page.picture.convert("L").histogram()[0]


@pytest.mark.parametrize("layout", [Layout.NATIVE, Layout.THERMAL])
def test_text_stands_where_the_picture_of_the_label_has_it(layout: Layout) -> None:
    """Each line's place has ink in the label that Typst draws whole, and none in the picture that goes along."""
    data = sample("ARM")
    [page] = printed(data, layout)
    whole = Image.open(io.BytesIO(documents.labels([data], layout=layout, output=Output.PNG)[0])).convert("L")

    for words, x, y, high in page.texts:
        if words.replace(" ", "") == data.item_number:
            continue
        place = (x, y - round(high * 0.7), x + high, y)
        assert min(whole.crop(place).tobytes()) < 128, words
        assert min(page.picture.convert("L").crop(place).tobytes()) > 128, words


def test_a_cn22_stands_on_the_label_and_a_cn23_on_a_page_of_its_own() -> None:
    bare, [small], large = printed(sample("ARM")), printed(sample("ARM", form=CustomsForm.CN22)), printed(
        sample("APL", form=CustomsForm.CN23)
    )  # fmt: skip

    assert ink(small) > ink(bare[0]) + 5_000, "table, legends and lines of the declaration"
    assert [len(page.barred) for page in large] == [1, 0]
    assert codes(large[1].picture) == [sample("APL").item_number]
    assert (large[1].width, large[1].length) == (799, 1199)


def test_an_item_without_a_number_has_no_bars() -> None:
    [page] = printed(replace(sample("ARM"), item_number=None))

    assert page.barred == []
    assert codes(page.picture) == []


@pytest.mark.parametrize("name", NAUGHTY, ids=range(len(NAUGHTY)))
def test_no_name_commands_the_printer(name: str) -> None:
    """The commands are those of any label; what was written comes out as text, or as dots."""
    data = sample("ARM")
    party = replace(data.recipient, lines=(name, "1 Sample Street", "LONDON"), phone=name, local_lines=(name,))
    evil = replace(data, recipient=party, sender=replace(party, country_code="HK"), reference=name)

    [page], [usual] = printed(evil), printed(data)

    assert set(page.commands) == set(usual.commands)
    assert (page.commands[0], page.commands[-1], page.commands.count("XA")) == ("XA", "XZ", 1)
    assert page.barred == usual.barred


@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_what_is_written_comes_back_as_it_was(words: str) -> None:
    field = zpl.text(words)

    [page] = zebra.read(f"^XA^FO0,0^A0N,20{field}^XZ".encode())

    assert page.words == [words]
    assert page.commands == ["XA", "FO", "A0", "FH", "FD", "FS", "XZ"]


def test_what_is_not_ascii_and_what_is_no_item_number_is_refused() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        zpl.text("陳")
    for wrong in ("RA1234567", "RA12345678^HK", "ra123456785hk", ">8123"):
        with pytest.raises(ValueError, match="item number"):
            zpl.subsets(wrong)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_any_picture_of_eight_bits_is_read_and_written_without_loss(mode: str) -> None:
    """Noise, gradients and runs: every filter that PNG has, against a library that is not ours."""
    dice = random.Random(5)
    picture = Image.new("L", (203, 61), 255)
    for x in range(203):
        for y in range(61):
            grey = dice.randrange(256) if y < 12 else (x * 3 + y) % 256 if y < 30 else 255 * (x // 40 % 2)
            picture.putpixel((x, y), grey)
    buffer = io.BytesIO()
    picture.convert(mode).save(buffer, "PNG")

    bitmap = bitmaps.of_png(buffer.getvalue())
    [page] = zebra.read(f"^XA^PW203^LL61^FO0,0{bitmaps.graphic(bitmap)}^FS^XZ".encode())

    expected = picture.point(lambda grey: 0 if grey < 128 else 255).convert("1")
    assert page.picture.tobytes() == expected.tobytes()


def test_what_is_no_such_picture_is_refused() -> None:
    buffer = io.BytesIO()
    Image.new("P", (3, 3)).save(buffer, "PNG")

    for wrong in (b"GIF89a", buffer.getvalue()):
        with pytest.raises(ValueError, match="PNG"):
            bitmaps.of_png(wrong)


def test_rows_shrink() -> None:
    wide = bitmaps.Bitmap(8_000, 3, [b"\xaa" + bytes(999), b"\xaa" + bytes(999), b"\xff" * 1000])

    assert bitmaps.graphic(wide) == "^GFA,3000,3000,1000,HA,:!"


# For people and machines ----------------------------------------------------------------


@pytest.fixture
def packet(alice: Person) -> Shipment:
    with alice.scope():
        return make_booked(goods_to_london())


def ask(person: Person, shipment: Shipment, query: str, what: str = "label") -> HttpResponse:
    return person.client.get(f"/api/v1/shipments/{shipment.pk}/{what}/{query}")  # type: ignore[return-value]


@pytest.mark.django_db
@pytest.mark.parametrize(("query", "width"), [("", 799), ("&dpi=300", 1181)])
def test_a_label_comes_as_zpl(alice: Person, charlie: Person, packet: Shipment, query: str, width: int) -> None:
    response = ask(alice, packet, f"?output=zpl&layout=4x6{query}")

    assert (response.status_code, response["Content-Type"]) == (200, "application/zpl")
    assert response["Content-Disposition"] == f'attachment; filename="label-{packet.item_number}.zpl"'
    assert "no-store" in response["Cache-Control"]
    pages = zebra.read(response.content)
    assert (pages[0].width, pages[0].barred) == (width, [packet.item_number])
    with alice.scope():
        assert AccessEntry.objects.filter(action="print", ids=[str(packet.pk)]).count() == 1
    assert ask(charlie, packet, "?output=zpl").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("what", "query", "names"),
    [
        ("label", "?output=zpl&layout=a4", ["/layout"]),
        ("label", "?output=zpl&dpi=600", ["/dpi"]),
        ("customs", "?output=zpl", ["/output"]),
        ("receipt", "?output=zpl", ["/output"]),
    ],
)
def test_what_there_is_not_as_zpl_is_said(
    alice: Person, packet: Shipment, what: str, query: str, names: list[str]
) -> None:
    response = ask(alice, packet, query, what)

    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == names  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_the_page_offers_it_beside_the_others(alice: Person, packet: Shipment) -> None:
    page = alice.client.get(f"/en/shipments/{packet.pk}/").content.decode()

    for link in re.findall(r'href="(/en/[^"]*output=zpl[^"]*)"', page):
        assert zebra.read(alice.client.get(link.replace("&amp;", "&")).content)
    assert page.count("output=zpl") == 2
