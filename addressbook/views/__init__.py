"""Pages of address books: `contacts` (books and contacts), `many` (many contacts at once, the bin), `imports`."""
