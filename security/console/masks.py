"""Personal data as a case shows it before anybody asks for the whole: enough to tell two rows apart, and no more."""

from __future__ import annotations

DOTS = "•••"


def words(text: str) -> str:
    """Return the first letter of each of the first two words: "Chan Tai Man" becomes "C••• T•••"."""
    return " ".join(f"{word[0]}{DOTS}" for word in text.split()[:2])


def email(text: str) -> str:
    """Return an address of which only the first letters are left: "a•••@e•••"."""
    name, _at, host = text.partition("@")
    return f"{name[:1]}{DOTS}@{host[:1]}{DOTS}" if text else ""


def tail(text: str) -> str:
    """Return the last two characters: of a telephone or item number."""
    return f"{DOTS}{text[-2:]}" if text else ""


def hidden(text: object) -> str:
    """Return only that there is something."""
    return DOTS if text else ""
