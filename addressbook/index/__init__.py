"""A book laid out for finding: by words in any part, tag, country and use, in every order, page by page.

What is sealed cannot be searched or ordered by the database, and opening a large book takes too long for one request.
So a book is opened once and laid out (`layout`), and the layout is kept sealed under the account's key: in this process
for books just used, and beside the book for those that were not (`keeping`). What changed since is read alone.
"""
