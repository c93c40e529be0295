"""The yardstick: a bare Django and DRF site over a table of contacts without any wall. Never part of the product."""
