"""What a label can print is what its fonts hold."""

from __future__ import annotations

from addressbook.printable import TABLE, unprintable
from labels import coverage, fonts
from labels.wording import MISSING, drawable


def test_latin_chinese_and_kana_are_printable() -> None:
    assert unprintable("Zoë Müller, Łódź, 香港鰂魚涌, 上海市, カナ, Ж, Ω, €…") == []


def test_what_no_font_has_is_told_once_in_order() -> None:
    assert unprintable("A 😀 ب 😀 한") == ["😀", "ب", "한"]


def test_table_is_what_the_fonts_hold() -> None:
    covered = [code for code in coverage.covered(fonts.files()) if code >= 0x20]

    assert TABLE.read_text().split() == [f"{first:X}-{last:X}" for first, last in coverage.ranges(covered)]


def test_drawable_drops_what_hides_and_boxes_what_is_missing() -> None:
    assert drawable("a\x00b\u202ec\n d 😀️") == f"a bc d {MISSING}"
