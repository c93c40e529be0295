"""The tariff: reading the open-data format, the normalised form, the price rule, importing, the default that ships."""
