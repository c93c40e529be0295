"""Reading an envelope: as liberal as its clients are different, and as short with what is no honest XML.

The parser is Expat, as it comes with Python. A document type or a processing instruction (which SOAP 1.1, section 3,
forbids) ends it at once, so that no entity is ever declared; depth, elements and attributes are counted as they come.
How long a body may be is said before it is read (`security.bodies`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

MOST_DEPTH, MOST_ELEMENTS, MOST_ATTRIBUTES = 16, 3_000, 32
NIL = {"http://www.w3.org/2001/XMLSchema-instance nil", "nil"}


class Malformed(Exception):
    """It is no XML, or none that SOAP allows."""


@dataclass
class Element:
    """One element by its local name: its text without outer blanks, and what stands in it. Namespaces are not asked."""

    name: str
    children: list[Element] = field(default_factory=list)
    text: str = ""
    is_nil: bool = False

    def child(self, name: str) -> Element | None:
        return next((one for one in self.children if one.name == name), None)

    def text_of(self, *path: str) -> str:
        """Return the text at the end of a path of names; "" where there is none."""
        here: Element | None = self
        for name in path:
            here = here.child(name) if here is not None else None
        return here.text if here is not None and not here.is_nil else ""


def read(body: bytes) -> Element:
    """Return the envelope's root. Raises Malformed."""
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # also an encoding that nobody knows
        raise Malformed from error
    if reader.root is None or reader.root.name != "Envelope" or reader.root.child("Body") is None:
        raise Malformed
    return reader.root


class _Reader:
    def __init__(self) -> None:
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0
        self.parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.ProcessingInstructionHandler = self._refuse

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        too_much = len(self.open) >= MOST_DEPTH or self.count > MOST_ELEMENTS or len(attributes) > MOST_ATTRIBUTES
        if too_much:
            raise Malformed
        is_nil = any(attributes.get(nil, "").strip() in {"true", "1"} for nil in NIL)
        element = Element(name.rpartition(" ")[2], is_nil=is_nil)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def _end(self, name: str) -> None:
        element = self.open.pop()
        element.text = element.text.strip()

    def _text(self, text: str) -> None:
        if self.open:
            self.open[-1].text += text

    def _refuse(self, *_about: object) -> None:
        raise Malformed
