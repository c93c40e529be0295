"""The language of the tests, in which every message stands in ⟦brackets⟧, and what is on a page outside of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, CData, Tag
from bs4.element import NavigableString, PageElement, PreformattedString

CODE, TAG = "en-xa", "en-XA"
OPEN, CLOSE = "⟦", "⟧"
SPOKEN = ("title", "alt", "aria-label", "aria-description", "placeholder", "label", "summary")
BUTTONS = {"submit", "button", "reset"}
UNSEEN = {"script", "style", "template"}

# What may stand on a page as it is, each with its reason.
ALLOWED = {
    r"\bECShip\b": "the product's name",
    r"English|繁體中文|简体中文": "languages are named in themselves",
    r"\b[A-Z]{2}\d{9}[A-Z]{2}\b": "an item number (UPU S10)",
    r"\b(HKD|HK\$|USD|GBP|EUR|CNY|XDR)\b|\b[A-Z]{3}\b": "a currency or event code (ISO 4217, UPU M40)",
    r"\b[A-Z]{2}(-[A-Z0-9]{1,3})?\b": "the code of a country, a destination or a service",
    r"\b\d[\d.,]*(\s?[x×]\s?\d+)*\s?(g|kg|mm|cm)\b": "a figure with its SI unit, which no language translates",
    r"\b[a-z]+:[a-z]+\b": "a scope of an API key, as programs write it",
    r"^[A-Z]$": "a letter of an item number range",
    r"^(True|False|None)$": "what Django's admin calls its icons; it has no translation of these",
    r"\bA4\b": "a size of paper (ISO 216)",
    r"[\w.+-]+@[\w.-]+": "an e-mail address",
    r"\becship_\w*…?": "the start of an API key",
    r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b": "an id",
    r"\w?•••(@\w?•••)?( \(\d+\))?": "a masked name, and which of the page's rows it is",
}
_WEB = re.compile(r"https?://\S+")
_ALLOWED = re.compile("|".join(ALLOWED))


@dataclass
class Escapes:
    """Text that did not pass through a catalogue, with the places where it was seen; `data` is what people typed."""

    data: set[str] = field(default_factory=set)
    found: dict[str, set[str]] = field(default_factory=dict)
    looked_at: set[str] = field(default_factory=set)

    def look_at_page(self, place: str, html: str) -> None:
        soup = BeautifulSoup(html, "lxml")
        self.looked_at.add(place)
        self._note(place, outside(_text_nodes(soup)))
        for tag in soup.find_all(True):
            for name, value in _spoken(tag):
                self._note(f"{place} <{tag.name} {name}>", outside([value]))

    def look_at_text(self, place: str, text: str) -> None:
        self.looked_at.add(place)
        self._note(place, outside([text]))

    def _note(self, place: str, pieces: Iterable[str]) -> None:
        for piece in pieces:
            if rest := self.bare(piece):
                self.found.setdefault(rest, set()).add(place)

    def bare(self, piece: str) -> str:
        """Return a piece where letters are left once what people typed and what is allowed is taken out."""
        if not has_letters(piece) or (rest := " ".join(piece.split())) in self.data:
            return ""  # nearly all: what is left between the brackets
        rest = _WEB.sub(" ", rest)  # whole: a token may have a word in it that somebody typed
        for known in sorted(self.data, key=len, reverse=True):
            rest = rest.replace(known, " ") if len(known) > 2 else rest
        return " ".join(piece.split()) if has_letters(_ALLOWED.sub(" ", rest)) else ""

    def report(self) -> str:
        lines = [(text[:100], sorted(places)) for text, places in sorted(self.found.items())]
        return "\n".join(f"{text!r} at {', '.join(places[:3])} ({len(places)})" for text, places in lines)


def has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def outside(nodes: Iterable[str]) -> Iterator[str]:
    """Yield the pieces of consecutive texts that are in no brackets; a message may span several, with tags between."""
    depth = 0
    for node in nodes:
        piece = ""
        for letter in node:
            if letter == OPEN:
                depth += 1
            elif letter == CLOSE:
                depth -= 1
            elif depth == 0:
                piece += letter
                continue
            piece += " "
        yield piece
    if depth:
        yield "a message that was cut"


def _text_nodes(soup: BeautifulSoup) -> Iterator[str]:
    for node in soup.find_all(string=True):
        if isinstance(node, PreformattedString) and not isinstance(node, CData):
            continue  # comments and the doctype
        if isinstance(node, NavigableString) and not _is_apart(node):
            yield str(node)


def _is_apart(node: PageElement) -> bool:
    """Tell whether a text is not for reading, or says itself that it is in one language: code, a name, a quotation."""
    for parent in node.parents:
        if parent.name in UNSEEN or parent.name in {"code", "pre"}:
            return True
        if parent.name != "html" and parent.get("lang") not in {None, TAG, CODE}:
            return True
    return False


def _spoken(tag: Tag) -> Iterator[tuple[str, str]]:
    for name in SPOKEN:
        if tag.get(name) and not _is_apart(tag) and not tag.get("lang"):
            yield name, str(tag[name])
    if tag.name == "input" and tag.get("type") in BUTTONS and tag.get("value"):
        yield "value", str(tag["value"])
    if tag.name == "meta" and tag.get("name") == "description":
        yield "content", str(tag.get("content", ""))
