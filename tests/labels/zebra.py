"""A small reader of ZPL for tests: it draws what a printer would, and says which commands it met.

It knows the commands that labels use and no others: an unknown one fails the test that met it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import zxingcpp
from PIL import Image

KNOWN = {"XA", "XZ", "CI", "PW", "LL", "LH", "LS", "FO", "FT", "GF", "FS", "BY", "BC", "FH", "FD", "FB", "A0", "PQ"}
_COMMAND = re.compile(r"([\^~])(A0|[A-Z@][A-Z0-9]?)([^\^~]*)", re.DOTALL)


@dataclass
class Printed:
    """One page: what was drawn, the texts with their places and sizes in dots, what was barred."""

    width: int = 0
    length: int = 0
    picture: Image.Image = field(default_factory=lambda: Image.new("1", (1, 1), 1))
    texts: list[tuple[str, int, int, int]] = field(default_factory=list)
    barred: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        return [text for text, _x, _y, _high in self.texts]


def read(zpl: bytes) -> list[Printed]:
    """Print it."""
    pages: list[Printed] = []
    text = zpl.decode("ascii")
    assert "".join("".join(found) for found in _COMMAND.findall(text)) == text.lstrip(), "something stands outside"
    page, place, high, module, tall, is_bars, hexed = Printed(), (0, 0), 0, 0, 0, False, False
    for prefix, name, rest in _COMMAND.findall(text):
        assert prefix == "^", prefix + name
        assert name in KNOWN, name
        told = rest.rstrip("\n")
        if name == "XA":
            page = Printed()
            pages.append(page)
        page.commands.append(name)
        if name in {"PW", "LL"}:
            setattr(page, "width" if name == "PW" else "length", int(told))
            if page.width and page.length:
                page.picture = Image.new("1", (page.width, page.length), 1)
        elif name in {"FO", "FT"}:
            x, y = (int(part) for part in told.split(","))
            place, hexed, is_bars = (x, y), False, False
        elif name == "GF":
            _graphic(page, place, told)
        elif name == "BY":
            module, tall = int(told.split(",")[0]), int(told.split(",")[2])
        elif name == "BC":
            assert told == f"N,{tall},N,N,N,N"
            is_bars = True
        elif name == "A0":
            high = int(told.removeprefix("N,"))
        elif name == "FH":
            assert told == "_"
            hexed = True
        elif name == "FD" and is_bars:
            _bars(page, place, told, module, tall)
        elif name == "FD":
            assert hexed, "text without ^FH"
            page.texts.append((re.sub("_([0-9A-F]{2})", lambda two: chr(int(two[1], 16)), told), *place, high))
    return pages


def _graphic(page: Printed, place: tuple[int, int], told: str) -> None:
    kind, total, size, across, data = told.split(",", 4)
    rows = list(_rows(data, int(across) * 2))
    assert (kind, total) == ("A", size)
    assert len(rows) * int(across) == int(total)
    image = Image.frombytes("1", (int(across) * 8, len(rows)), bytes.fromhex("".join(rows)))
    black = Image.eval(image.convert("L"), lambda bit: 255 - bit).convert("1")
    page.picture.paste(black, place)


def _rows(data: str, digits: int) -> list[str]:
    """Undo ZPL's compression: G to Y and g to z repeat the next digit, `,` and `!` fill a row, `:` repeats one."""
    rows: list[str] = []
    row, times = "", 0
    for letter in data:
        if "G" <= letter <= "Y":
            times += ord(letter) - ord("F")
        elif "g" <= letter <= "z":
            times += 20 * (ord(letter) - ord("f"))
        elif letter == ":":
            rows.append(rows[-1])
        elif letter in ",!":
            rows.append(row.ljust(digits, "0" if letter == "," else "F"))
            row = ""
        else:
            row, times = row + letter * (times or 1), 0
        if len(row) >= digits:
            assert len(row) == digits, "a row is too long"
            rows.append(row)
            row = ""
    assert not row
    return rows


def _bars(page: Printed, place: tuple[int, int], told: str, module: int, tall: int) -> None:
    content = re.sub(">[:56]", "", told)
    page.barred.append(content)
    barcode = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.Code128)
    drawn = barcode.to_image(scale=1, add_hrt=False, add_quiet_zones=False)
    rows, wide = drawn.shape
    pixels = bytes(memoryview(drawn))  # type: ignore[arg-type]  # a buffer, which its stub does not say
    row = Image.frombytes("L", (wide, rows), pixels).crop((0, 0, wide, 1))
    page.picture.paste(row.resize((wide * module, tall), Image.Resampling.NEAREST).convert("1"), place)
