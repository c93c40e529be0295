"""Text is measured and broken into lines before it is set: as wide as the fonts draw it, and with nothing lost."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as some

from labels import documents, drawing, fonts, geometry
from labels.fitting import MM, Column, fit, wrapped
from labels.geometry import Area
from labels.metrics import widths
from labels.model import CustomsForm, Layout, Output, Party
from tests.labels.reading import one_line, sizes_mm, text_of
from tests.labels.samples import LINES, SENDER, sample

SAMPLES = (
    "Mary Example",
    "Flat B, 12/F, Block 3, Example Garden",
    "AVATAR WAY To, Yves T. 1471",
    "Łódź Ångström Nguyễn Thị Mai",
    "Улица Ленина 5",
    "九龍油尖旺區旺角",
    "示例道88號示例花園3座12樓B室",
    "WWWW iiii ffi fl 0123456789",
    "Cotton T-shirt × 2",
    "□",
)
ROOM = some.floats(min_value=1.2, max_value=40)


def typst_widths(lines: tuple[str, ...], weight: str) -> list[float]:
    """Return what the typesetter itself measures, in em."""
    source = """
    #set text(font: ("Noto Sans HK", "Noto Sans SC", "Noto Sans"), fallback: false, size: 10pt, cjk-latin-spacing: none)
    #set smartquote(enabled: false)
    #context for line in json(bytes(sys.inputs.lines)) [
      #metadata(measure(text(weight: sys.inputs.weight, line)).width / 10pt) <width>]
    """
    compiler = typst.Compiler(
        input=source.encode(),
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=fonts.folders()),
        sys_inputs={"lines": json.dumps(lines), "weight": weight},
    )
    return [float(width) for width in json.loads(compiler.query("<width>", field="value"))]


@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_widths_are_those_of_the_typesetter(weight: str) -> None:
    known = widths(bold=weight == "bold")

    for line, drawn in zip(SAMPLES, typst_widths(SAMPLES, weight), strict=True):
        # Kerning and ligatures only ever take a little away; a hair more is what `fitting.TOUCH` is for.
        assert drawn <= known.of(line) * 1.01, line
        assert drawn >= known.of(line) * 0.93, line


@given(text=some.text(alphabet="abcW -/,.()（「」，。香港示例\u200b é", max_size=80), room=ROOM)
def test_wrapping_loses_nothing_and_keeps_to_its_width(text: str, room: float) -> None:
    made = wrapped(text, widths(), room) or []

    assert "".join("".join(made).split()) == "".join(text.replace("\u200b", "").split())
    assert all(widths().of(line) <= room + 1e-6 for line in made)


def test_words_break_at_blanks_and_chinese_anywhere_but_before_its_marks() -> None:
    assert wrapped("Block 3, Example-Long Garden", widths(), 6) == ["Block 3,", "Example-", "Long Garden"]
    assert wrapped("示例花園（旺角）三座", widths(), 5) == ["示例花園", "（旺角）三", "座"]


def test_word_longer_than_its_line_is_torn_by_force_alone() -> None:
    assert wrapped("W" * 9, widths(), 4, force=False) is None
    assert "".join(wrapped("W" * 9, widths(), 4) or []) == "W" * 9


def test_short_address_takes_the_largest_size_and_long_lines_make_it_smaller() -> None:
    def size(line: str) -> float:
        columns = [Column([line], widths(bold=True))]
        return fit(columns, width=60, height=40, largest=16, smallest=5, note=2).size

    assert size("Mary") == 16
    assert 5 < size("Flat B, 12/F, Block 3, Example Garden Phase 2, Sample Estate " * 8) < 16


def test_address_that_is_too_long_loses_its_middle_and_keeps_name_town_and_country() -> None:
    party = replace(SENDER, lines=("First Name", *["Endless Building Wing " * 9] * 20, "Last Town"), local_lines=())

    drawn = drawing.address(party, Area(0, 0, 60, 20), drawing.SENDER_SIZES)

    lines = drawn["columns"][0]["lines"].split("\n")
    assert drawn["cut"]
    assert (lines[0], lines[-1], drawn["columns"][0]["last"]) == ("First Name", "Last Town", "HONG KONG")
    assert len(lines) * 1.2 * drawn["size"] <= 20 * MM


def test_lines_stand_on_the_label_as_they_were_broken() -> None:
    data = sample("ARM")
    plan = geometry.plan(94.0, 144.0, barcode=True, customs=False)
    lines = ("Mary Example", "Flat 12, Long Building Name House, 1234 Very Long Street Name Road East")
    data = replace(data, recipient=replace(data.recipient, lines=lines))

    made = documents.labels([data], layout=Layout.THERMAL, output=Output.PDF)[0]

    shown = [line.strip() for line in text_of(made).splitlines()]
    broken = drawing.label(data, plan)["to"]["columns"][0]["lines"].split("\n")
    assert len(broken) > 2
    assert all(line in shown for line in broken)


def test_long_declaration_leaves_the_label_for_a_page_of_its_own() -> None:
    data = sample("ARM", form=CustomsForm.CN22)
    assert data.customs is not None
    many = replace(data, customs=replace(data.customs, lines=LINES * 6))

    made = documents.labels([many], layout=Layout.THERMAL, output=Output.PDF)[0]

    assert sizes_mm(made) == [(100, 150)] * 2
    assert "Cotton" not in one_line(made, 0)
    assert one_line(made, 1).count("Ceramic tea cup") == 6


# The demo's own sender, and what has no room -------------------------------------------------------------------------

HARBOUR = Party(
    lines=(
        "Wong Siu Ming", "Harbour Prints", "Flat 5, 12/F, Block B", "18 Sample Street", "Mong Kok", "Yau Tsim Mong",
        "Kowloon",
    ),
    country="HONG KONG",
    country_code="HK",
    local_lines=("旺角樣本街18號B座12樓5室", "黃小明"),
)  # fmt: skip


@pytest.mark.parametrize("has_customs", [True, False])
@pytest.mark.parametrize("code", ["ARM", "SOM", "EMS", "APL", "LRM"])
def test_a_whole_hong_kong_sender_stands_on_every_label(code: str, has_customs: bool) -> None:
    item = sample(code)

    cut = documents.cut_addresses(item.service, sender=HARBOUR, recipient=item.recipient, has_customs=has_customs)

    assert cut == set()


def test_places_share_a_line_before_the_print_gets_small() -> None:
    area = geometry.Area(0, 0, 94, 17)

    drawn = drawing.address(HARBOUR, area, (8.5, 4.5))

    assert drawn["size"] >= drawing.LEGIBLE
    assert "Mong Kok, Yau Tsim Mong, Kowloon" in drawn["columns"][1]["lines"]
    assert drawn["columns"][0]["lines"].split("\n")[-1] == "黃小明"


def test_what_no_label_has_room_for_is_told_before() -> None:
    item = sample("ARM")
    endless = replace(HARBOUR, lines=tuple(f"Line {number} of a very long address" for number in range(14)))

    cut = documents.cut_addresses(item.service, sender=endless, recipient=item.recipient, has_customs=True)

    assert cut == {"sender"}
