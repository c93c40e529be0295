"""A copy of everything that is held of an account, for an owner who asks for it: one file, for people and programs.

`sections` says what is in it: each app brings its own when it loads. `working` makes it, page by page; `archive` puts
it together; `services` is what pages and tasks call; `tending` removes what is past its time.
"""
