"""Documents drawn from the label model: sizes, barcodes, text, tags; nothing overflows and nothing is markup."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from typing import Any

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from labels import barcodes, documents, products
from labels.model import CustomsForm, CustomsLine, LabelData, Layout, Output, Party, human_number
from labels.wording import MISSING
from shipments import catalogue
from tests.labels.reading import codes, ink_boxes, one_bit, one_line, reader, sizes_mm, text_of, thermal
from tests.labels.samples import PREFIXES, sample, to_chinese

SIZES = {
    "EMS": (184, 129), "AEX": (189, 135), "ARM": (188, 81), "SRM": (188, 81), "APL": (188, 135), "SPL": (188, 135),
    "LCP": (184, 129), "LPL": (188, 135), "LRM": (188, 81),
}  # fmt: skip
INJECTIONS = (
    r'#panic("x")',
    r"\ $x^2$ ]",
    "*bold* _it_ `raw`",
    '"}], "x": "',
    r'\")) #panic("x") (("',
    r"\u{41}\n",
    "#import x",
    "<label> @ref // c /* d */",
)


def pdf(data: LabelData, layout: Layout = Layout.NATIVE, start: int = 1) -> bytes:
    return documents.labels([data], layout=layout, output=Output.PDF, start=start)[0]


@pytest.mark.parametrize("code", SIZES)
@pytest.mark.parametrize("layout", Layout)
def test_label_has_the_size_asked_and_a_barcode_that_scans(code: str, layout: Layout) -> None:
    data = sample(code)

    made = pdf(data, layout)

    expected = {Layout.NATIVE: SIZES[code], Layout.THERMAL: (100, 150), Layout.A4: (210, 297)}[layout]
    assert sizes_mm(made) == [expected]
    assert codes(thermal(made)) == [data.item_number]


def test_label_of_e_express_to_the_usa_is_a_square_that_scans() -> None:
    data = replace(sample("AEX"), service=products.service_for("AEX", "US"))

    made = pdf(data)

    assert sizes_mm(made) == [(101, 101)]
    assert codes(thermal(made)) == [data.item_number]


@pytest.mark.parametrize("layout", Layout)
def test_png_is_drawn_at_203_dpi_and_scans(layout: Layout) -> None:
    data = sample("ARM")

    pages = documents.labels([data], layout=layout, output=Output.PNG)
    picture = Image.open(io.BytesIO(pages[0]))

    width = {Layout.NATIVE: 188, Layout.THERMAL: 100, Layout.A4: 210}[layout]
    assert abs(picture.width - width / 25.4 * 203) <= 1
    assert codes(one_bit(picture)) == [data.item_number]


@pytest.mark.parametrize("layout", Layout)
def test_bars_are_three_whole_dots_a_module_with_a_quiet_zone(layout: Layout) -> None:
    picture = thermal(pdf(sample("ARM"), layout)).convert("L")
    place = zxingcpp.read_barcodes(picture)[0].position
    y = (place.top_left.y + place.bottom_left.y) // 2
    left, right = place.top_left.x - 5, place.top_right.x + 5

    runs = list(_runs(picture, y, left, right))[1:-1]

    assert {length % 3 for _dark, length in runs} == {0}
    assert sum(length for _dark, length in runs) == barcodes.code128("RA123456785HK").modules * 3
    for quiet in ((left - 25, y, left + 4, y + 1), (right - 4, y, right + 25, y + 1)):
        assert picture.crop(quiet).getextrema() == (255, 255)


def _runs(picture: Image.Image, y: int, left: int, right: int) -> Iterator[tuple[bool, int]]:
    row = [picture.getpixel((x, y)) == 0 for x in range(left, right)]
    for dark, run in groupby(row):
        yield dark, len(list(run))


def test_human_form_groups_the_number() -> None:
    assert human_number("RR123456785HK") == "RR 1234 5678 5 HK"
    assert "RA 1234 5678 5 HK" in one_line(pdf(sample("ARM")))


def test_item_without_a_number_has_no_barcode() -> None:
    made = pdf(sample("LOM"))

    assert codes(thermal(made)) == []
    assert "No item number" in one_line(made)


@pytest.mark.parametrize("layout", Layout)
def test_chinese_is_extracted_whole(layout: Layout) -> None:
    made = pdf(to_chinese(sample("LRM")), layout)

    text = text_of(made)
    for line in ("本地掛號", "九龍油尖旺區旺角", "示例道88號示例花園3座12樓B室", "陳大文"):
        assert line in text


def test_label_shows_postage_weight_dates_reference_and_page() -> None:
    text = one_line(pdf(sample("ARM")))

    for words in ("HK$123.40", "0.850 kg", "2026-03-02", "2026-05-31", "ORDER-2026-0001", "1/1", "UNITED KINGDOM"):
        assert words in text


def test_native_label_says_which_format_of_letter_post_was_priced() -> None:
    en, zh = products.FORMATS["packet"]

    assert f"0.850 kg {en} {zh}" in one_line(pdf(replace(sample("ARM"), format_en=en, format_zh=zh)))
    assert products.FORMATS.keys() == catalogue.FORMATS.keys()


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("code", ["EMS", "ARM"])
def test_every_label_of_documents_says_so(layout: Layout, code: str) -> None:
    assert "Documents 文件" in one_line(pdf(sample(code), layout))


@pytest.mark.parametrize("layout", Layout)
def test_markup_in_data_is_drawn_as_it_is(layout: Layout) -> None:
    data = sample("APL")
    hostile = replace(data, recipient=replace(data.recipient, lines=INJECTIONS, local_lines=()), reference="#let x = 1")

    text = one_line(pdf(hostile, layout))

    for words in (*INJECTIONS, "#let x = 1"):
        assert words in text


HOSTILE = {
    "one endless word": ("W" * 400,),
    "endless Chinese": ("香" * 400,),
    "many long lines": tuple(f"{number} " + "Long Street Name " * 6 for number in range(12)),
    "emoji and right to left": ("😀" * 60 + " \u202eevil\u202c", "شارع الملك فهد", "רחוב"),
    "control characters": ("a\x00b\x07c\u200b\u2028d",),
}


@pytest.mark.parametrize("lines", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("code", ["ARM", "APL"])
def test_hostile_addresses_stay_on_the_label(lines: tuple[str, ...], layout: Layout, code: str) -> None:
    data = sample(code, form=CustomsForm.CN22)
    wild = replace(data.recipient, lines=lines, local_lines=lines, country="UNITED KINGDOM")
    hostile = replace(data, recipient=wild, sender=replace(wild, country="HONG KONG"), reference="R" * 300)

    made = pdf(hostile, layout)

    plain = pdf(data, layout)
    assert len(reader(made).pages) == len(reader(plain).pages)
    assert codes(thermal(made)) == [data.item_number]
    assert "UNITED KINGDOM" in one_line(made, 0)
    edge = float(reader(made).pages[0].mediabox.width)
    assert all(left >= 0 and right <= edge for left, right in ink_boxes(made))
    # The frame's right border is whole: nothing was drawn over or beyond it.
    if layout == Layout.THERMAL:
        assert _margin_is_blank(thermal(made))


def _margin_is_blank(picture: Image.Image) -> bool:
    margin = picture.convert("L").crop((picture.width - 20, 0, picture.width, picture.height))
    return margin.getextrema() == (255, 255)


def test_what_cannot_be_drawn_is_a_box() -> None:
    data = sample("ARM")
    named = replace(data, recipient=replace(data.recipient, lines=("Ann 😀 Lee",)))

    assert f"Ann {MISSING} Lee" in one_line(pdf(named))


def test_label_says_when_an_address_is_too_long() -> None:
    data = sample("ARM")
    lines = tuple("Endless Building Name Wing Floor " * 12 for _number in range(14))

    text = one_line(pdf(replace(data, recipient=replace(data.recipient, lines=lines))))

    assert "Too long to print in full." in text
    assert "UNITED KINGDOM" in text


def test_cn22_stands_on_the_label_where_it_fits() -> None:
    assert sizes_mm(pdf(sample("AEX", form=CustomsForm.CN22))) == [(189, 135)]
    assert sizes_mm(pdf(sample("ARM", form=CustomsForm.CN22), Layout.THERMAL)) == [(100, 150)]
    assert "CN22" in one_line(pdf(sample("ARM", form=CustomsForm.CN22), Layout.THERMAL), 0)


def test_cn22_has_its_own_page_where_the_label_is_small() -> None:
    made = pdf(sample("ARM", form=CustomsForm.CN22))

    assert sizes_mm(made) == [(188, 81), (105, 148)]
    assert "Cotton T-shirt" not in one_line(made, 0)
    assert "Cotton T-shirt" in one_line(made, 1)
    assert "Page 頁 1/2" in one_line(made, 0)
    assert "Page 頁 2/2" in one_line(made, 1)


@pytest.mark.parametrize("layout", Layout)
def test_cn23_has_its_own_page(layout: Layout) -> None:
    data = sample("APL", form=CustomsForm.CN23)

    made = pdf(data, layout)

    expected = {Layout.NATIVE: (210, 148), Layout.THERMAL: (100, 150), Layout.A4: (210, 297)}[layout]
    assert sizes_mm(made)[1:] == [expected]
    text = one_line(made, 1)
    for words in ("CN23", "HKD 240.00", "0.650", "610910", "Return to sender", "sender@example.com", "UNITED KINGDOM"):
        assert words in text
    assert codes(thermal(made, 1)) == [data.item_number]


def test_long_declaration_flows_over_pages_and_loses_no_line() -> None:
    data = sample("APL", form=CustomsForm.CN23)
    assert data.customs is not None
    lines = tuple(replace(data.customs.lines[0], description=f"Article {number:03} of cotton") for number in range(80))

    made = pdf(replace(data, customs=replace(data.customs, lines=lines)), Layout.THERMAL)

    text = one_line(made)
    assert len(reader(made).pages) > 2
    assert all(f"Article {number:03} of cotton" in text for number in range(80))
    assert set(sizes_mm(made)) == {(100, 150)}
    pages = len(reader(made).pages)
    assert [f"Page 頁 {page + 1}/{pages}" in one_line(made, page) for page in range(pages)] == [True] * pages


@pytest.mark.parametrize("start", [1, 2, 3, 4])
def test_a4_starts_at_the_place_asked(start: int) -> None:
    data = sample("ARM")

    picture = thermal(pdf(data, Layout.A4, start))

    width, height = picture.width // 2, picture.height // 2
    found = [
        codes(picture.crop((x * width, y * height, (x + 1) * width, (y + 1) * height))) for y in (0, 1) for x in (0, 1)
    ]
    assert found == [[data.item_number] if place == start else [] for place in (1, 2, 3, 4)]


def test_a4_goes_on_to_a_second_sheet() -> None:
    items = [sample("ARM", serial=serial) for serial in range(1, 6)]

    made = documents.labels(items, layout=Layout.A4, output=Output.PDF, start=3)[0]

    assert len(reader(made).pages) == 2
    assert sorted(codes(thermal(made, 0)) + codes(thermal(made, 1))) == sorted(str(item.item_number) for item in items)


def test_batch_is_one_document_with_each_label() -> None:
    items = [sample("ARM", serial=serial) for serial in range(100)]

    made = documents.labels(items, layout=Layout.THERMAL, output=Output.PDF)[0]

    assert len(reader(made).pages) == 100
    assert codes(thermal(made, 99)) == [items[99].item_number]


def test_batch_above_the_limit_is_refused() -> None:
    with pytest.raises(documents.TooMany):
        documents.labels([sample()] * (documents.MAX_LABELS + 1), layout=Layout.THERMAL, output=Output.PDF)


def sold(*lines: CustomsLine, **changes: Any) -> LabelData:
    data = sample("APL", form=CustomsForm.CN23)
    assert data.customs is not None
    return replace(data, customs=replace(data.customs, lines=lines or data.customs.lines, **changes))


def invoice(data: LabelData) -> bytes:
    return documents.invoice(data, output=Output.PDF)[0]


def test_invoice_shows_parties_numbers_lines_totals_and_reason() -> None:
    data = sold(invoice_number="INV-2026-0042", importer_reference="GB123456789000", licence_number="L-7")

    made = invoice(data)

    assert sizes_mm(made) == [(210, 297)]
    assert codes(thermal(made)) == [data.item_number]
    text = one_line(made)
    for words in (
        "Commercial invoice", "INV-2026-0042", "2026-03-02", "CA 1234 5678 5 HK", "ORDER-2026-0001",
        "Chan Tai Man", "88 Sample Road", "HONG KONG", "+852 9123 4567", "sender@example.com",
        "Mary Example", "SW1A 1AA", "UNITED KINGDOM", "+44 20 7946 0000",
        "Sale of goods", "Terms of delivery", "Terms of payment", "GB123456789000", "L-7",
        "Cotton T-shirt, knitted, for men 610910 CN 2 0.400 HKD 90.00 HKD 180.00",
        "Ceramic tea cup 691110 HK 1 0.250 HKD 60.00 HKD 60.00",
        "3 0.650 HKD 240.00", "0.850 kg", "HK$123.40", "I declare", "Seller's signature", "1/1",
    ):  # fmt: skip
        assert words in text


def test_invoice_prints_chinese_names_whole() -> None:
    buyer = Party(
        lines=("Wong Siu Ming", "88 Sample Road", "BEIJING"),
        country="CHINA",
        country_code="CN",
        local_lines=("北京市西城区示例路88号甲座1203室", "示例进出口贸易（北京）有限公司", "王小明"),
    )

    text = text_of(invoice(replace(sold(), recipient=buyer)))

    for line in (*buyer.local_lines, "示例道88號示例花園3座12樓B室", "陳大文"):
        assert line in text


def test_invoice_of_many_long_lines_loses_none_and_totals_once() -> None:
    words = "of glazed porcelain, painted by hand with peonies and cranes"
    lines = [
        CustomsLine(f"Article {place:03} {words}", 3, 100, Decimal("10.00"), "HKD", "69111090", "CN")
        for place in range(80)
    ]

    made = invoice(sold(*lines))

    text = one_line(made)
    assert len(reader(made).pages) > 1
    assert all(f"Article {place:03} {words}" in text for place in range(80))
    assert text.count("HKD 800.00") == 1
    assert text.count("HKD 3.3333") == 80
    assert all("Unit value" in one_line(made, page) for page in range(2))
    edge = float(reader(made).pages[0].mediabox.width)
    assert all(left >= 0 and right <= edge for page in range(2) for left, right in ink_boxes(made, page))


def test_invoice_totals_each_currency_by_itself() -> None:
    line = CustomsLine("Ceramic tea cup", 1, 100, Decimal("10.00"), "HKD")

    text = one_line(invoice(sold(line, replace(line, currency="USD", value=Decimal("2.50")), line)))

    assert "HKD 20.00 USD 2.50" in text


def test_markup_in_an_invoice_is_drawn_as_it_is() -> None:
    lines = [CustomsLine(words, 1, 1, Decimal(1), "HKD") for words in INJECTIONS]

    text = one_line(invoice(sold(*lines, invoice_number=INJECTIONS[0])))

    assert all(words in text for words in INJECTIONS)


def test_documents_are_tagged_and_name_language_and_title() -> None:
    data = sample("APL", form=CustomsForm.CN23)
    made = [
        pdf(data),
        documents.receipt(data, output=Output.PDF)[0],
        documents.customs_forms([data], layout=Layout.NATIVE, output=Output.PDF)[0],
        documents.invoice(data, output=Output.PDF)[0],
    ]

    for document in made:
        catalogue: Any = reader(document).root_object
        assert "/StructTreeRoot" in catalogue
        assert catalogue["/MarkInfo"]["/Marked"] == True  # noqa: E712  # pypdf's own boolean
        assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
        assert b"pdfuaid" in catalogue["/Metadata"].get_data()
        assert str(catalogue["/Lang"]).startswith("en")
        metadata = reader(document).metadata
        assert metadata is not None
        assert str(data.item_number) in str(metadata.title)


@settings(max_examples=40, deadline=None)
@given(text=some.text(max_size=60))
def test_whatever_people_write_makes_a_document_that_conforms(text: str) -> None:
    data = sample("APL", form=CustomsForm.CN22)
    assert data.customs is not None
    lines = tuple(replace(line, description=text, hs_code=text[:10]) for line in data.customs.lines)
    party = replace(data.recipient, lines=(text, text[:9]), local_lines=(text,), phone=text, email=text)
    wild = replace(
        data,
        recipient=party,
        sender=party,
        reference=text,
        customs=replace(data.customs, lines=lines, category_words=text, invoice_number=text),
    )

    made = documents.labels([wild], layout=Layout.THERMAL, output=Output.PDF)[0]

    assert codes(thermal(made)) == [data.item_number]
    assert documents.customs_forms([wild], layout=Layout.NATIVE, output=Output.PDF)
    assert documents.invoice(wild, output=Output.PDF)


def test_receipt_is_one_page_that_scans() -> None:
    data = to_chinese(sample("LRM"))

    made = documents.receipt(data, output=Output.PDF)[0]

    assert sizes_mm(made) == [(148, 210)]
    assert codes(thermal(made)) == [data.item_number]
    assert "陳大文" in text_of(made)


@pytest.mark.parametrize("prefix", sorted(set(PREFIXES.values())))
def test_every_series_scans_over_many_serials(prefix: str) -> None:
    code = next(code for code, known in PREFIXES.items() if known == prefix)
    items = [sample(code, serial=serial) for serial in (0, 9, 99999999, 20202020, 13579246)]

    made = documents.labels(items, layout=Layout.THERMAL, output=Output.PDF)[0]

    assert [codes(thermal(made, page)) for page in range(5)] == [[item.item_number] for item in items]
