"""Where two scripts stand beside each other, and where words of one without blanks between its words begin."""

from __future__ import annotations

import re

from addressbook.paste import chinese, labels
from addressbook.paste.lines import tidy

# Two or more Latin words in a row beside a local script are a thing of their own: a name, a company.
_LATIN_RUN = re.compile(
    r"(?:^|(?<= ))[A-Za-z][A-Za-z.'’&\-]+(?: (?:(?:of|and|the|for|de) )?(?:[A-Z(&][A-Za-z.'’&()\-]*|&)){1,8}"
    r"(?: (?:先生|小姐|女士|太太|老師|太|生|姐|姑娘))?(?= |$)"
)
# In brackets behind an address: what it is near, or the quarter of a Korean town.
_ASIDE = re.compile(
    r"^[（(](?:[鄰邻]?近|即|對面|对面|位於|位于|[가-힣]{1,8}동).*[）)]$|^[（(][A-Z][a-z]{1,12}[)）]$|^[（(].{1,20}(?:出口|側|旁|旁邊|後面|樓下|附近)[)）]$|^[（(](?:D\.?D|Lot|舊|旧).*[)）]$"
)
_FLAT_AND_PERSON = re.compile(
    r"^(.{2,60}[室號号樓楼座舖铺])([\u3400-\u9fff]{1,4}(?:先生|小姐|女士|太太|老師|老师)?[收啟启]"
    r"|[\u3400-\u9fff]{1,4}(?:先生|小姐|女士|太太|老師|老师))$"
)
_ADDRESS_AND_WHO = re.compile(r"^(.{4,60}(?:[室號号樓楼座舖铺下]|[室樓楼座\d][A-Z]))[（(]([^()（）]{2,20})[)）]$")
_KANA = re.compile(r"[\u3040-\u30ffA-Za-z]")
_IN_BRACKETS = re.compile(r"[（(][^()（）]{1,60}[)）]")
_LATIN_WITH_TITLE = re.compile(r"[A-Z][A-Za-z .'’-]{1,40} (?:先生|小姐|女士|太太|老師|太|生|姐|姑娘)")
_HAN_WITH_TITLE = re.compile(
    r"(?<=[A-Za-z\u3400-\u9fff]) (?=(?:先生|小姐|女士|太太|老師|老师|醫生|医生|姑娘|经理|經理)(?:\s|$|收|[（(，,]))"
)


def stretches(text: str) -> list[str]:
    """Part a text where runs of Latin words stand beside a local script."""
    if not chinese.is_local(text):
        return [tidied] if (tidied := tidy(text)) else []
    found, start = [], 0
    for match in _LATIN_RUN.finditer(text):
        if len(match.group()) >= 5:
            found += [text[start : match.start()], match.group()]
            start = match.end()
    return [stretch for raw in [*found, text[start:]] if (stretch := tidy(raw))]


def is_latin_with_title(text: str) -> bool:
    """Tell whether a text is a Latin name with a Chinese title: Anson Yu 先生."""
    return _LATIN_WITH_TITLE.fullmatch(text) is not None


def tokens(text: str) -> list[tuple[bool, str]]:
    """Part a text in a local script at blanks, each with whether it is the first; a title stays with its name."""
    whole = _IN_BRACKETS.sub(_kept_together, text)
    found = [piece for token in _HAN_WITH_TITLE.sub("\x00", whole).split() for piece in _unglued(token)]
    return [
        (place == 0, token.replace("\x00", " ") if _ASIDE.match(token) else tidied)
        for place, token in enumerate(found)
        if (tidied := tidy(token.replace("\x00", " "))) and not (chinese.is_local(tidied) and labels.is_label(tidied))
    ]


def _kept_together(match: re.Match[str]) -> str:
    """Keep what an address is beside as one word; a firm and its department in brackets are two."""
    group, before = match.group(), match.string[: match.start()][-1:]
    are_two = " " in group and before == " " and not _ASIDE.match(group) and not _KANA.search(group)
    return f" {group[1:-1]} " if are_two else group.replace(" ", "\x00")


def _unglued(token: str) -> list[str]:
    """Part somebody from the flat before: 612室黎可兒小姐收."""
    match = _FLAT_AND_PERSON.match(token)
    if match and chinese.is_person(chinese.without_received(match.group(2))):
        return [match.group(1), match.group(2)]
    match = _ADDRESS_AND_WHO.match(token)
    who = chinese.without_received(match.group(2)) if match else ""
    if match and chinese.kind_of(who) in {chinese.Kind.COMPANY, chinese.Kind.PERSON}:
        return [match.group(1), match.group(2)]
    return [token]
