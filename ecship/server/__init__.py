"""How requests come in: the options of gunicorn, and its worker, which gives a thread to whole requests only."""
