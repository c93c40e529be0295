"""What may go wrong before the site is up, said in a sentence that tells what to do."""


class EmbeddedError(Exception):
    """Ends the command with its message and without a traceback."""
