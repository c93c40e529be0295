"""Pages of address books: `contacts` (books and contacts), `many` (many at once, the bin), `imports`, `duplicates`."""
