"""How tests look at a document: its pages, its text, and its barcode as a thermal printer draws it."""

from __future__ import annotations

import io
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image
from pypdf import PdfReader

MM = 72 / 25.4
DPI = 203


def reader(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def sizes_mm(pdf: bytes) -> list[tuple[float, float]]:
    boxes = [page.mediabox for page in reader(pdf).pages]
    return [(round(float(box.width) / MM, 1), round(float(box.height) / MM, 1)) for box in boxes]


def text_of(pdf: bytes, page: int | None = None) -> str:
    document = pypdfium2.PdfDocument(pdf)
    numbers = range(len(document)) if page is None else [page]
    return "\n".join(document[number].get_textpage().get_text_bounded() for number in numbers)


def one_line(pdf: bytes, page: int | None = None) -> str:
    return " ".join(text_of(pdf, page).replace("\u200b", "").split())


def thermal(pdf: bytes, page: int = 0) -> Image.Image:
    """Return a page as a 203 dpi printer draws it: one bit, no greys."""
    picture = pypdfium2.PdfDocument(pdf)[page].render(scale=DPI / 72, grayscale=True).to_pil()
    return one_bit(picture)


def one_bit(picture: Image.Image) -> Image.Image:
    return picture.convert("L").point(lambda grey: 255 if grey > 127 else 0).convert("1")


def codes(picture: Image.Image) -> list[Any]:
    return [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))]


def ink_boxes(pdf: bytes, page: int = 0) -> list[tuple[float, float]]:
    """Return the left and right edge of every character that is drawn on a page, in points."""
    text = pypdfium2.PdfDocument(pdf)[page].get_textpage()
    boxes = [text.get_charbox(index) for index in range(text.count_chars())]
    return [(left, right) for left, _bottom, right, _top in boxes if right > left]
