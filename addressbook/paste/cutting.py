"""Cutting a pasted text into parts: labelled ones, numbers, e-mail addresses, and the rest at line ends and commas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from addressbook.paste import chinese, labels, reach, words
from security.texts import clean_text

MOST_LETTERS = 2000  # of one pasted text
MOST_PARTS = 120  # an address has a tenth of them; the lines behind are left over
_BULLET = re.compile(r"^[-–•*·>●] ?")
_COUNTED = re.compile(r"^(\d{1,2})[).、] ?(?=\D)")
# What stands between parts that have nothing to do with each other.
_HARD = re.compile(
    r" ?[|｜•;；。●] ?| [/／] |(?<=[!！]) ?(?=\w)"
    r"|(?<=[a-z]{3})\. (?=[A-Z])|(?<=/F)\. (?=[A-Z][a-z]+(?: [A-Z][a-z]+){1,3}$)"
)
# A comma before a company's legal form parts nothing.
_COMMA = re.compile(r"[,，、](?! ?(?:Ltd|Limited|Inc|LLC|L\.L\.C|S\.A|Lda|Ltda)\b) ?")
# Two or more Latin words in a row beside a local script are a thing of their own: a name, a company.
_LATIN_RUN = re.compile(r"(?:^|(?<= ))[A-Za-z][A-Za-z.'’&\-]+(?: (?:[A-Z(&][A-Za-z.'’&()\-]*|&)){1,8}(?= |$)")
_UNKNOWN_LABEL = re.compile(r"^[^\W\d][\w ]{1,14}[:：] ?\S")
_ONLY_LABEL = re.compile(r"^[^\W\d][\w ]{0,14}[:：] ?$")
_HAN_WITH_TITLE = re.compile(
    r"(?<=[\u3400-\u9fff]) (?=(?:先生|小姐|女士|太太|老師|醫生|经理|經理)(?:\s|$|收|[（(，,]))"
)


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


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that say something, without bullets."""
    tabbed = re.sub(r"\t| {3,}", " | ", text[:MOST_LETTERS])
    lines = [line for raw in clean_text(tabbed, keep_breaks=True).split("\n") if (line := _BULLET.sub("", raw).strip())]
    counted = [match.group(1) for line in lines if (match := _COUNTED.match(line))]
    if counted[:2] == ["1", "2"]:  # a list; a lone "3. tv" is a floor
        return [_COUNTED.sub("", line) for line in lines]
    return lines


def cut(lines: list[str], *, country: str) -> Cut:
    """Cut the lines of a text into parts; numbers are read as they are dialled in `country`."""
    made = Cut()
    for number, line in enumerate(lines):
        start = "\n"
        if len(made.parts) > MOST_PARTS:
            made.left_over.append(line)
            continue
        for segment in _segments(line):
            for kind, text in _labelled(segment):
                for part in _parts(text, kind, made, country=country):
                    part.sep, part.line, start = (part.sep or start), number, ", "
                    made.parts.append(part)
    return made


def _segments(line: str) -> Iterator[str]:
    if line.count(" - ") > 1:  # one alone may stand within a part: "São Paulo - SP"
        line = line.replace(" - ", " | ")
    start = 0
    for match in _HARD.finditer(line):
        if match.group().startswith(".") and words.is_abbreviation(line[: match.start()].rsplit(" ", 1)[-1]):
            continue
        yield line[start : match.start()]
        start = match.end()
    yield line[start:]


def _labelled(segment: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, text): what stands before the first label, and what follows each."""
    found, end, kind = labels.find(segment), 0, ""
    for label in found:
        yield kind, segment[end : label.start]
        kind, end = label.kind, (label.start if label.kind == "other" else label.end)
    yield kind, segment[end:]


def _parts(text: str, kind: str, made: Cut, *, country: str) -> Iterator[Part]:
    text = _tidy(text)
    if not text:
        return
    if kind in {"phone", "fax"}:
        text = _take_labelled(text, kind, made, country=country)
    text = _take(reach.EMAIL, text, made.emails)
    text = _take(reach.WEB, text, made.left_over)
    if kind == "other":
        made.left_over.append(text)
        return
    for number in reversed(reach.numbers(text, country=country, labelled=False)):
        made.phones.append((number.written, number.normal))
        before = text[: number.start]
        if _ONLY_LABEL.match(before):  # a label that we do not know, before a number that we do
            made.left_over.append(_tidy(before))
            before = ""
        text = f"{before}|{text[number.end :]}"
    for place, piece in enumerate(text.split("|")):
        if (piece := _tidy(piece)) and not labels.is_label(piece):
            yield from _pieces(piece, kind if place == 0 and kind not in _NOT_KEPT else "", made)


_NOT_KEPT = {"phone", "fax", "email", "web", "address"}


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
    if not kind and _UNKNOWN_LABEL.match(text) and not any(letter.isdigit() for letter in text.split(":")[0]):
        label, rest = re.split("[:：]", text, maxsplit=1)
        if "," not in rest:
            made.left_over.append(text)
            return
        made.left_over.append(label)
        text = rest
    sep = ""
    for stretch in (piece for raw in _COMMA.split(text) for piece in (*_scripts(raw), None)):
        if stretch is None:
            sep = sep and ", "
            continue
        if kind == "free":  # "To: The Manager", and in most texts an address
            kind = "name" if words.is_role(stretch) or words.has_title(stretch) else ""
        for part in _tokens(stretch, kind) if chinese.is_local(stretch) else [Part(stretch, "", kind)]:
            part.sep = part.sep or sep
            yield part
            sep = " "
            if kind in {"name", "company"}:
                kind = ""  # a label announces one part; what follows behind a comma is read like the rest


def _scripts(text: str) -> list[str]:
    """Part a text where runs of Latin words stand beside a local script."""
    if not chinese.is_local(text):
        return [tidy] if (tidy := _tidy(text)) else []
    found, start = [], 0
    for match in _LATIN_RUN.finditer(text):
        if len(match.group()) >= 5:
            found += [text[start : match.start()], match.group()]
            start = match.end()
    return [stretch for raw in [*found, text[start:]] if (stretch := _tidy(raw))]


def _tokens(text: str, kind: str) -> list[Part]:
    """Part a text in a local script at blanks; a title stays with its name."""
    tokens = _HAN_WITH_TITLE.sub("\x00", text).split()
    return [
        Part(tidy, " " if place else "", kind)
        for place, token in enumerate(tokens)
        if (tidy := _tidy(token.replace("\x00", " "))) and not (chinese.is_local(tidy) and labels.is_label(tidy))
    ]


def _tidy(text: str) -> str:
    """Take marks away that only part one thing from the next."""
    text = text.strip(" ,，、:：;；|-–—/")
    if text.endswith((")", "）")) and not any(bracket in text for bracket in "(（"):
        text = text[:-1]
    if text.startswith(("(", "（")) and not any(bracket in text for bracket in ")）"):
        text = text[1:]
    if text[:1] in "(（" and text[-1:] in ")）" and sum(map(text.count, "(（")) == 1:
        text = text[1:-1]
    text = text.strip(" ,，、")
    if text.endswith(".") and not words.is_abbreviation(text.rsplit(" ", 1)[-1]):
        text = text[:-1].strip(" ,，、")
    return text if any(letter.isalnum() for letter in text) else ""
