"""The parts of an address that forms ask for one by one: flat, floor, block, building."""

from __future__ import annotations

import re

from addressbook.paste import chinese

_IN_FORMS = {
    "flat": ("Flat {}", "{}室"),
    "floor": ("{}/F", "{}樓"),
    "block": ("Block {}", "{}座"),
    "tower": ("Tower {}", "{}座"),
}


def written(kind: str, label: str, text: str) -> tuple[str, str]:
    """Write what a form asked for by its parts as addresses have it: "Floor: 21" is 21/F, and 樓層：21 is 21樓."""
    if kind == "sender":
        return "free", text
    if kind not in _IN_FORMS and kind != "building":
        return kind, text
    value = text.strip(" ,;，")
    if kind != "building" and re.fullmatch(r"[A-Za-z]?\d{0,4}[A-Za-z]?", value) and value:
        return "", _IN_FORMS[kind][chinese.is_local(label)].format(value)
    return "", value
