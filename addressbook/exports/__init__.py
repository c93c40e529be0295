"""Giving contacts of a book out as a file, which an import of ours reads back to the same contacts.

`writing` makes a file of contacts; `working` does it, piece by piece; `services` is what pages, API and tasks call;
`tending` removes what is past its time. Everything between two calls stands in PostgreSQL, sealed.
"""
