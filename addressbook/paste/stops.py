"""Where a line is cut: at strokes, dashes, stops that end a sentence, commas that part something, brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from addressbook import districts
from addressbook.paste import around, chinese, lands, places, words

# What stands between parts that have nothing to do with each other.
_HARD = re.compile(
    r" ?[|｜•;；。●] ?| — | [·・] | [/／] |(?<=[!！]) ?(?=\w)"
    r"|(?<=[A-Za-z]{2})\. (?=[A-Za-z])|(?<=\d)\. (?=[A-Z][a-z])|(?<=/F)\. (?=[A-Z][a-z]+ [A-Z])"
)
_UNIT_BEFORE = re.compile(r"(?:^|[ ,])(?:[Uu](?:nit)? ?|[Ff]lat |[Aa]pt\.? )\d{1,4}[A-Za-z]?$")  # "U3 / 27 Esplanade"
_STREET_BEHIND = re.compile(r"\d{1,4}[A-Za-z]? [A-Z]")
_AREA_CODE = re.compile(r"(?:^|[^\d])\(?0\d{2,5}\)?$")
# A comma before a company's legal form or a person's degree parts nothing, nor one behind a position, or in brackets.
_COMMA = re.compile(
    r"(?<!Director)(?<!Manager)(?<!President)(?<!Officer)(?<!Head)[,，、]"
    r"(?! ?(?:Ltd|Limited|Inc|LLC|L\.L\.C|S\.A|S\.L|S\.r\.l|S\.p\.A|N\.A"
    r"|Lda|Ltda|Solicitors|Barristers|Notar(?:y|ies)|Architects|Surveyors"
    r"|Attorneys|Advocates|Certified Public Accountants|Consulting Engineers"
    r"|F?CPA|CFA|ACCA|Ph\.?D|Esq|Jr|MBBS|MBChB|MRCP|FRCS|MBA|MBE|OBE|[BSG]BS|DDS)\b)(?![^()（）]{0,60}[)）]) ?"
)
# What stands in brackets behind an area, with commas or figures, is a part of its own: "N.T. (DD 109, Lot 15)".
_BRACKETED = re.compile(r"(?<=[^\d ]) (?=\([^()]{0,60}\d[^()]{0,60}\)$)")
# A firm called after several: "Lo, Fong & Partners".
_SURNAME = re.compile(r"[A-Z][\w'’-]{1,20}")
_AND_PARTNERS = re.compile(r"[A-Z][\w'’-]{1,20} (?:&|and) (?:Partners|Associates|Sons|Co|Company|Brothers)\b")
_PERSON_IN_BRACKETS = re.compile(r"(?<=[\u3400-\u9fff])[（(]([\u3400-\u9fff]{2,5})[)）]$")
_IN_LAST_BRACKETS = re.compile(r" [（(]([^()（）]{4,60})[)）]$")


def segments(line: str) -> Iterator[str]:
    """Yield the stretches of a line that have nothing to do with each other."""
    if line.count(" - ") == 1:
        before, after = line.split(" - ")
        head = re.split(r"[\d+(,]", after)[0].strip()
        is_before_unit = words.is_company(before) and words.is_unit(after)  # "Kin Fai Watch Repair - Room 803"
        if (
            is_before_unit
            or around.is_wish(after)
            or (
                any(letter.isdigit() for letter in before)
                and (words.is_person(head) or words.is_company(head))
                and not places.in_english(head)
            )
        ):
            line = f"{before} | {after}"
    elif line.count(" - ") > 1:  # one alone may stand within a part: "São Paulo - SP"
        line = line.replace(" - ", " | ")
    start = 0
    for match in _HARD.finditer(line):
        before = line[: match.start()][-8:]
        if match.group().strip() == "/" and _UNIT_BEFORE.search(before) and _STREET_BEHIND.match(line, match.end()):
            continue
        if match.group().strip() == "/" and _AREA_CODE.search(before) and line[match.end() :][:1].isdigit():
            continue
        if match.group().startswith(". ") and not _ends_sentence(line[: match.start()], line[match.end() :]):
            continue
        yield line[start : match.start()]
        start = match.end()
    yield line[start:]


def _ends_sentence(before: str, after: str) -> bool:
    """Tell whether a stop ends a sentence, and not a word made short: "Kowloon. Tel", but "boul. De Maisonneuve"."""
    written = before[-60:].split(" ")
    if before.endswith("/F"):
        return True
    if words.is_abbreviation(written[-1]):
        return False
    is_place = any(places.in_english(" ".join(written[-count:])) for count in (1, 2, 3))
    is_place = is_place or bool(lands.named_at_end(before[-60:])[0]) or bool(districts.find_area(written[-1]))
    return is_place or len(written[-1]) > 4 or written[-1].isdigit() or words.is_greeting(after.split(" ")[0])


def at_commas(text: str) -> list[str]:
    """Part a stretch at its commas, and before what stands in brackets at its end."""
    pieces = _COMMA.split(_BRACKETED.sub(", ", _without_brackets(text)))
    if len(pieces) > 1 and _SURNAME.fullmatch(pieces[0]) and _AND_PARTNERS.match(pieces[1]):
        pieces[:2] = [f"{pieces[0]}, {pieces[1]}"]
    return pieces


def _without_brackets(text: str) -> str:
    """Part a firm in brackets from the address before it: "TST, Kln. (Lucky Gems Co)"."""
    if (who := _PERSON_IN_BRACKETS.search(text)) and chinese.has_title(who.group(1)):
        return f"{text[: who.start()]}, {who.group(1)}"  # 天藝禮品有限公司（陳小姐）
    match = _IN_LAST_BRACKETS.search(text)
    if match and words.is_company(match.group(1)) and not words.is_company(text[: match.start()]):
        return f"{text[: match.start()]}, {match.group(1)}"
    return text
