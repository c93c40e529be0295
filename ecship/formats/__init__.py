"""How dates and times are written, one way for the whole site in each language, as in Hong Kong."""
