"""What is wrong with a call, as an exception that the entrance makes an answer of."""

from __future__ import annotations

from security.problems import InvalidBody


def wrong(field: str, words: object, code: str = "invalid") -> InvalidBody:
    """Say what is wrong with a field."""
    return InvalidBody([(f"/{field}", code, f"{field}: {words}")])
