"""Pasting an address: one text in, the fields of a contact out, with what we are not sure of and what fitted nowhere.

A pure function of the text and the country to assume: no database, no network, no clock. Each file has one subject:

`lines`     the lines, with what people write in many ways written in one
`lands`     which country it is
`cutting`   labelled parts, numbers and e-mail addresses, the rest cut (`labels`, `forms`, `reach`, `stops`, `scripts`)
`around`    what is no part of an address: greetings, wishes, numbers of orders, who sends it
`hongkong`, `abroad`, `locally`   the lower part of an address by its country's format (`places` and `roads` name Hong
            Kong's)
`people`    what is left: names, companies, lines (`words`, `vocabulary` and `chinese` know how they look)
`parsing`   the walk through these, and putting scripts and companies together
`doubting`  what is not sure when everything is read
`reading`   what comes out
"""

from __future__ import annotations

from addressbook.paste.cutting import MOST_LETTERS
from addressbook.paste.parsing import parse
from addressbook.paste.reading import FIELDS, REASONS, Reading

__all__ = ["FIELDS", "MOST_LETTERS", "REASONS", "Reading", "parse"]
