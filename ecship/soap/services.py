"""Loads the operations of every service into the table."""

from ecship.soap import calculator, tracking

__all__ = ["calculator", "tracking"]
