"""Bringing contacts into a book from a file: read, matched, checked, shown, and only then written; undone as a whole.

`reading` makes rows of text of whatever file it is; `matching` says which column is which part of a contact; `shaping`
makes a contact of a row; `checking` judges each and finds duplicates; `running` writes what was accepted; `undoing`
takes it back. `services` is what pages, API and tasks call; everything between two calls stands in PostgreSQL.
"""
