"""Loads the operations of every service into the table."""

from ecship.soap import calculator, posting, tracking

__all__ = ["calculator", "posting", "tracking"]
