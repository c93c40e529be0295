"""What people are told of files and rows: a sentence for each code, which says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from addressbook.imports.reading import MOST_COLUMNS, MOST_ROWS

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Why a file cannot be read at all.
FAILURES: dict[str, _StrPromise] = {
    "empty": _("The file is empty. Choose another one."),
    "no_rows": _("The file has headings but no contacts. Add rows below the headings."),
    "too_many_rows": _("The file has more than %(most_rows)s rows. Split it into several files."),
    "too_many_columns": _("The file has more than %(most_columns)s columns. Take out those that you do not need."),
    "book_full": _("The book would have more than %(most_rows)s contacts. Use another book, or a smaller file."),
    "open_quote": _("A quotation mark in row %(row)s is never closed. Correct that row, and upload the file again."),
    "long_cell": _("A cell in row %(row)s is far too long for a contact. Correct that row, and upload the file again."),
    "not_text": _("This is no table of text. Save it as CSV or XLSX, and upload that."),
    "wrong_kind": _("This is no list of contacts. Upload a CSV, XLSX or vCard file."),
    "packed": _("This is a packed archive. Unpack it, and upload the file that is in it."),
    "markup": _("This is a web page or XML. Open it in a spreadsheet program, save it as XLSX, and upload that."),
    "old_excel": _("This workbook is in an old format, or has a password. Save it as XLSX without a password."),
    "macros": _("This workbook has macros. Save it as XLSX, without macros, and upload that."),
    "binary_workbook": _("This is a binary workbook. Save it as XLSX, and upload that."),
    "not_a_workbook": _("This is a packed archive and no workbook. Upload a CSV, XLSX or vCard file."),
    "broken_workbook": _("This workbook is damaged. Open it in a spreadsheet program, save it again, and upload that."),
    "strange_xml": _("This workbook has parts that we do not open. Save it as XLSX by a spreadsheet program."),
    "unpacks_too_large": _("This workbook unpacks to far more than contacts need. Copy the contacts into a new one."),
    "too_many_blanks": _(
        "This workbook has very many rows with formats alone above others with values. Delete the empty rows, save it, "
        "and upload it again."
    ),
    "uncalculated": _(
        "This workbook has formulas without results. Open it in a spreadsheet program, save it, and upload it again."
    ),
    "nested_cards": _("The vCards in this file lie inside each other. Export them again, one after the other."),
    "too_slow": _("Reading this file took too long. Split it into several files."),
    "crashed": _("Reading this file did not end, several times. Split it into several files, or save it as CSV."),
    "expired": _("Nobody carried this import out within a day, so the file was removed. Upload it again."),
    "stopped": _("This import stopped, because whoever started it may not do so any more. Somebody else can go on."),
}

# What is wrong with a row, where the checks of a contact have no words of their own.
FLAWS: dict[str, _StrPromise] = {
    "too_many_cells": _("This row has more cells than a list of contacts has columns."),
    "extra_cells": _("This row has more cells than there are headings: a comma too many, or quotation marks missing."),
    "undecodable": _("A character could not be read in the file's encoding. Correct it, or choose another encoding."),
    "scientific": _(
        "The program that saved this file has shortened the number. Format the column as text, and enter it again."
    ),
    "rounded": _("The number has more than 15 digits, of which Excel has kept 15. Format the column as text."),
    "cell_error": _("The cell holds an error instead of a value."),
    "unknown_country": _(
        "We know no country or territory of that name. Use its English name or its code of two letters."
    ),
    "no_flag": _("Write yes or no."),
    "open_card": _("This vCard has no end. It was cut off."),
    "broken_line": _("This vCard has a line that cannot be read."),
    "update_invalid": _("Together with what the contact has already, this would not be a contact that can be kept."),
    "no_place": _("The book is full: others have added contacts meanwhile."),
    "unknown_district": _("Hong Kong has no district of that name. It is kept as it is. Check it."),
    "district_from_place": _("The district was found by the name of a place. Check it."),
    "other_address": _("The address is the other one of this row, since the first is empty. Check it."),
    "no_room": _("Not everything beside fitted into the notes."),
    "unprintable": _("A label cannot print some of its characters."),
}

# What people call the columns, on pages; files are in the languages that `columns` has.
COLUMN_NAMES: dict[str, _StrPromise] = {
    "name": _("Name"),
    "company": _("Company"),
    "country": _("Country or territory"),
    "line1": _("Address line 1"),
    "line2": _("Address line 2"),
    "line3": _("Address line 3"),
    "line4": _("Address line 4"),
    "city": _("Town or city"),
    "district": _("District"),
    "state": _("State, province or area"),
    "postcode": _("Postcode"),
    "local_name": _("Name in the local script"),
    "local_line1": _("Local address line 1"),
    "local_line2": _("Local address line 2"),
    "local_line3": _("Local address line 3"),
    "local_line4": _("Local address line 4"),
    "email": _("E-mail address"),
    "phone": _("Telephone"),
    "fax": _("Fax"),
    "can_send": _("Use as sender"),
    "can_receive": _("Use as recipient"),
    "tags": _("Tags"),
    "notes": _("Notes"),
    "given_name": _("First name"),
    "middle_name": _("Middle name"),
    "family_name": _("Last name"),
    "address": _("Whole address"),
    "local_address": _("Whole address in the local script"),
    "nickname": _("Nickname"),
    "further": _("Further details"),
    "other_line1": _("Other address line 1"),
    "other_line2": _("Other address line 2"),
    "other_line3": _("Other address line 3"),
    "other_address": _("Whole other address"),
    "other_city": _("Town or city of the other address"),
    "other_state": _("State or province of the other address"),
    "other_postcode": _("Postcode of the other address"),
    "other_country": _("Country of the other address"),
}

# By what a duplicate was found.
DOUBLES: dict[str, _StrPromise] = {
    "address": _("Same name and address"),
    "email": _("Same e-mail address"),
    "phone": _("Same telephone number"),
}


def failure_words(code: str, at: int = 0) -> str:
    """Say why a file cannot be read; "" where nothing failed."""
    if code not in FAILURES:
        return ""
    numbers = {
        "most_rows": number_format(MOST_ROWS, force_grouping=True),
        "most_columns": MOST_COLUMNS,
        "row": at or 1,
    }
    return str(FAILURES[code]) % numbers


def flaw_words(code: str) -> str:
    """Say what is wrong with a row; in general words where the checks of a contact have their own."""
    return str(FLAWS.get(code, _("This cannot be kept as it is.")))
