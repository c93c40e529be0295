"""The lines of a pasted text, with what people write in many ways written in one."""

from __future__ import annotations

import re
import unicodedata

from addressbook.paste import words
from security.texts import clean_text

MOST_LETTERS = 2000  # of one pasted text
_BULLET = re.compile(r"^[-–•*·>●] ?")
_COUNTED = re.compile(r"^(\d{1,2})[).、] ?(?=\D)")
# Blanks around the figures of a Chinese address part nothing: 彌敦道 700 號 12 樓 3 室.
_UNITS = "屋號号樓楼室座期層层舖铺鋪字弄巷段棟栋幢單单門门及至之"
_FIGURE_BLANKS = re.compile(
    rf"(?<=[\u3400-\u9fff]) (?=[A-Za-z]?\d[\dA-Za-z/\-–、]{{0,11}} ?[{_UNITS}])"
    rf"|(?<=\d) (?=[{_UNITS}])|(?<=\d[A-Za-z]) (?=[{_UNITS}])|(?<= [A-Za-z]) (?=[{_UNITS}])"
    rf"|(?<=[{_UNITS}]) (?=[A-Za-z] ?[{_UNITS}])|(?<=之) (?=\d)"
    rf"|(?<=[樓楼閣阁苑舍廈厦邨村座期]) (?=\d{{1,4}}[A-Z]?(?:[\s,，/]|$))"
    r"|(?<=[\u3400-\u9fff]) (?=\d{1,2}-\d{1,3}(?:\n|$))"
    rf"|(?<=[樓楼座層层]) (?=[A-Z]\d?(?:[\s,，]|$))"
)
# Labels of one letter, which only count at the start of a line: 室：C.
_SHORT_LABELS = {"室": "室號", "樓": "樓層", "楼": "樓層", "座": "座號"}
_SHORT_LABEL = re.compile(r"^([室樓楼座]) ?[:：]", re.MULTILINE)
_FRAMED = re.compile(r" ?【([^】\n]{1,8})】[:：]? ?")  # 【電話】
_GLUED_LABEL = re.compile(r"^((?:收件|送貨|郵寄|公司|住宅)?地址)(?=[\u4e00-\u9fff])", re.MULTILINE)
_TITLE_ALONE = re.compile(
    r"^((?:Mr|Mrs|Ms|Dr|Prof)\.?|Miss|Herrn?|Frau|Familie|Monsieur|Madame|Sig\.?|Sig\.ra|Señora?"
    r"|Spett\.? ?le) ?\n(?=\w)",
    re.MULTILINE,
)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that say something, without bullets."""
    tabbed = re.sub(r"\t| {3,}", " | ", _without_pictures(text[:MOST_LETTERS]))
    tabbed = re.sub(r" ?<(?=[\w.+-]{1,64}@)|(?<=\w)>(?=[\s,;]|$)", " ", tabbed)
    tabbed = _FIGURE_BLANKS.sub("", tabbed)
    tabbed = _FRAMED.sub(r"\n\1：", tabbed)
    tabbed = _GLUED_LABEL.sub(r"\1：", tabbed)
    tabbed = _SHORT_LABEL.sub(lambda match: f"{_SHORT_LABELS[match.group(1)]}：", tabbed)
    tabbed = _TITLE_ALONE.sub(r"\1 ", tabbed)
    lines = [line for raw in clean_text(tabbed, keep_breaks=True).split("\n") if (line := _BULLET.sub("", raw).strip())]
    counted = [match.group(1) for line in lines if (match := _COUNTED.match(line))]
    if counted[:2] == ["1", "2"]:  # a list; a lone "3. tv" is a floor
        return [_COUNTED.sub("", line) for line in lines]
    return lines


def _without_pictures(text: str) -> str:
    """Take pictures of telephones, houses and smiles away, which are letters to nobody."""
    kept = "〒㈜㈱№℡"
    return "".join(
        " " if unicodedata.category(letter) == "So" and letter not in kept else letter
        for letter in text
        if letter not in "\ufe0e\ufe0f\u200d\u20e3"
    )


def tidy(text: str) -> str:
    """Take marks away that only part one thing from the next."""
    text = text.strip(" ,，、:：;；|-–—/").rstrip(" (（").lstrip(" )）")
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
