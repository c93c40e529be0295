"""The REST API as a whole: its schema, the examples in it, and the pages that explain it."""
