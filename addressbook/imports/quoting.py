"""Cells that no spreadsheet program takes for formulas, and such cells read back as they were."""

from __future__ import annotations

from security.spreadsheets import FORMULAS

MARK = "'"


def quoted(text: str) -> str:
    """Return a cell's text with an apostrophe before what would be worked out, or would lose its own apostrophe."""
    return MARK + text if text.lstrip(MARK).startswith(FORMULAS) else text


def unquoted(text: str) -> str:
    """Return what a cell meant: without the apostrophe that only keeps it from being worked out."""
    return text[1:] if text.startswith(MARK) and text.lstrip(MARK).startswith(FORMULAS) else text


def doubled(text: str) -> str:
    """Return a text that no program works out, such that `unquoted` gives it back: only what begins with our mark."""
    return quoted(text) if text.startswith(MARK) else text
