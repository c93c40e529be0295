"""PostgreSQL and Redis out of Python wheels, for a laptop, the tests and CI; production brings its own.

Nothing here needs Django, so that a bare machine can start it before anything is configured.
"""
