"""The server's options with less patience, for tests of what waits."""

from ecship.server.options import *  # noqa: F403
from ecship.server.worker import Worker

worker_class = "tests.server.impatient.Impatient"
workers = 1


class Impatient(Worker):
    head_seconds = 2.0
    request_seconds = 3.0
    answer_seconds = 1.0
    most_gathered = 4_000_000
