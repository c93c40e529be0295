"""Cutting a pasted text into parts: labelled ones, numbers, e-mail addresses, and the rest at line ends and commas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from addressbook.paste import around, chinese, forms, labels, reach, scripts, stops, words
from addressbook.paste.lines import MOST_LETTERS, lines_of, tidy

__all__ = ["MOST_LETTERS", "Cut", "Part", "cut", "lines_of"]

MOST_PARTS = 120  # an address has a tenth of them; the lines behind are left over
_UNKNOWN_LABEL = re.compile(r"^[^\W\d][\w ]{1,14}[:：] ?\S")
_ONLY_LABEL = re.compile(r"^[^\W\d][\w ]{0,14}[:：] ?$")
_CONTACT = re.compile(
    r"^(?:Contact|CONTACT|Ask for|Call|Receiver|Recipient|Attn|ATTN) (?=[A-Z][A-Za-z'’-]+(?: [A-Z][A-Za-z'’-]+){0,3}$)"
)
_CALLED = re.compile(
    r"^(?!(?:Main|Shop|Store|Direct|Hotline|Daytime|Evening|Day|Night)\b)[A-Z][a-z]{1,11}(?: [A-Z][a-z]{1,11})?[:：] ?$"
)
_SHORT_VALUES = {"state", "country", "name", "first", "last", "district", "city"}
_NOT_KEPT = {"phone", "fax", "email", "web", "address"}


@dataclass
class Part:
    """A part of the text. `kind` is what its label announced, `sep` what stood before it: line end, comma, blank."""

    text: str
    sep: str = "\n"
    kind: str = ""
    line: int = 0

    @property
    def is_free(self) -> bool:
        """Whether no label said what it is."""
        return self.kind in {"", "address"}

    @property
    def is_local(self) -> bool:
        return chinese.is_local(self.text)


@dataclass
class Cut:
    """A text in parts. Numbers are (as written, as people abroad write it or None)."""

    parts: list[Part] = field(default_factory=list)
    phones: list[tuple[str, str | None]] = field(default_factory=list)
    faxes: list[tuple[str, str | None]] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)


def cut(lines: list[str], *, country: str) -> Cut:
    """Cut the lines of a text into parts; numbers are read as they are dialled in `country`."""
    made = Cut()
    lines, senders = around.without_sender(lines)
    made.left_over += senders
    for number, line in enumerate(lines):
        start = "\n"
        if len(made.parts) > MOST_PARTS:
            made.left_over.append(line)
            continue
        if around.is_heading(line):
            made.left_over.append(line)
            continue
        lead, line = around.lead(line)
        made.left_over += [lead] if lead else []
        for segment in stops.segments(line):
            for kind, text in _labelled(segment):
                for part in _parts(text, kind, made, country=country):
                    part.sep, part.line, start = (part.sep or start), number, ", "
                    made.parts.append(part)
    return made


def _labelled(segment: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, text): what stands before the first label, and what follows each."""
    found, end, kind, said = labels.find(segment), 0, "", ""
    for label in found:
        before = segment[end : label.start]
        if not kind and label.kind in {"address", "free", "name"}:
            before, _comma, tail = before.rpartition(",")
            if around.is_fragment(tail) and not words.is_address(tail):
                yield "other", tail  # "our new | address: ..."
            else:
                before = f"{before}{_comma}{tail}"
        yield forms.written(kind, said, before)
        said = segment[label.start : label.end]
        kind, end = label.kind, (label.start if label.kind == "other" else label.end)
    yield forms.written(kind, said, segment[end:])


def _parts(text: str, kind: str, made: Cut, *, country: str) -> Iterator[Part]:
    text = tidy(text)
    if not text:
        return
    if kind in {"phone", "fax"}:
        text = _take_labelled(text, kind, made, country=country)
    text = _take(reach.EMAIL, text, made.emails)
    text = _take(reach.WEB, text, made.left_over)
    if kind == "other" or around.is_number(text):
        made.left_over.append(text)
        return
    for number in reversed(reach.numbers(text, country=country, labelled=False)):
        made.phones.append((number.written, number.normal))
        before = text[: number.start]
        if _CALLED.match(before):  # "Ben: 5577 1234"
            before = before.strip(" :：")
        elif _ONLY_LABEL.match(before):  # a label that we do not know, before a number that we do
            made.left_over.append(tidy(before))
            before = ""
        text = f"{before}|{text[number.end :]}"
    for place, piece in enumerate(text.split("|")):
        is_said = place == 0 and kind in _SHORT_VALUES  # "State: WA", which elsewhere announces a number
        if (piece := tidy(piece)) and (is_said or not labels.is_label(piece)):
            yield from _pieces(piece, kind if place == 0 and kind not in _NOT_KEPT else "", made)


def _take_labelled(text: str, kind: str, made: Cut, *, country: str) -> str:
    """Take the number behind a label; return what stands around it."""
    found = reach.numbers(text, country=country, labelled=True)
    into = made.faxes if kind == "fax" else made.phones
    if found and found[0].start <= 3:
        into.append((found[0].written, found[0].normal))
        return f"|{text[found[0].end :]}"
    digits = re.match(r"[+＋(（\d][\d ()（）+.\-–]{2,30}", text)
    if digits:  # too short or too long to be a number: kept as it stands, and said
        into.append((digits.group().strip(), None))
        return f"|{text[digits.end() :]}"
    return text


def _take(pattern: re.Pattern[str], text: str, into: list[str]) -> str:
    """Take what matches out of a text; return the text with strokes in its place."""
    into.extend(match.group().rstrip(".") for match in pattern.finditer(text))
    return pattern.sub("|", text)


def _pieces(text: str, kind: str, made: Cut) -> Iterator[Part]:
    if not kind and _UNKNOWN_LABEL.match(text) and not any(letter.isdigit() for letter in re.split("[:：]", text)[0]):
        label, rest = re.split("[:：]", text, maxsplit=1)
        if words.has_title(rest.strip()) or (words.is_role(label) and words.is_person(rest.strip())):
            kind = "name"  # "Secretary: Mr Alvin Szeto"
        elif chinese.kind_of(label) is chinese.Kind.ROLE and chinese.is_person(rest.strip()):
            kind = "name"  # 院長：石美儀女士
        elif "," not in rest and chinese.kind_of(rest.strip()) is not chinese.Kind.ADDRESS:
            made.left_over.append(text)
            return
        made.left_over.append(label)
        text = rest
    if not kind and (called := _CONTACT.match(text)):
        kind, text = "name", text[called.end() :]  # "Contact Josh"
    if not kind:
        clause, text = around.lead_clause(text)
        made.left_over += [clause] if clause else []
    sep = ""
    for stretch in (piece for raw in stops.at_commas(text) for piece in (*scripts.stretches(raw), None)):
        if stretch is None:
            sep = sep and ", "
            kind = "" if kind in {"postcode", "city", "state"} else kind
            continue
        if labels.is_label(stretch) and stretch.count(" ") > 1:  # "Hi, my address is"
            made.left_over.append(stretch)
            continue
        if around.is_wish(stretch) and not chinese.is_local(stretch):
            made.left_over.append(stretch)
            continue
        if kind == "free":  # "To: The Manager", and in most texts an address
            kind = "name" if words.is_role(stretch) or words.has_title(stretch) else ""
        if scripts.is_latin_with_title(stretch):
            yield Part(stretch, sep, "name")
            sep = " "
            continue
        for part in _tokens(stretch, kind) if chinese.is_local(stretch) else [Part(stretch, "", kind)]:
            part.sep = part.sep or sep
            yield part
            sep = " "
            if kind in {"name", "company"}:
                kind = ""  # a label announces one part; what follows behind a comma is read like the rest


def _tokens(stretch: str, kind: str) -> list[Part]:
    return [Part(text, "" if is_first else " ", kind) for is_first, text in scripts.tokens(stretch)]
