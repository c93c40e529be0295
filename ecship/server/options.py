"""The options of every web process: `gunicorn ecship.wsgi --config=python:ecship.server.options`.

`make run`, the image, the compose file, the benches and the tests name this file; what differs between them (address,
number of workers) they add. Why gunicorn with threads: docs/decisions/0007.
"""

from pathlib import Path
from typing import Any

from ecship.server import memory

_MEMORY = Path("/dev/shm")  # noqa: S108  (a file system in memory, for the file by which a worker says that it lives)

worker_class = "ecship.server.worker.Worker"
workers = 2
threads = 4
keepalive = 75  # seconds; longer than the proxy keeps a connection, so that it never sends on one which ends just then
max_requests = 10_000
max_requests_jitter = 1_000
control_socket_disable = True
worker_tmp_dir = str(_MEMORY) if _MEMORY.is_dir() else None
secure_scheme_headers: dict[str, str] = {}  # whom to believe how a request came, Django knows (TRUSTED_PROXIES)
loglevel = "warning"
preload_app = True  # everything is imported once, before workers fork, and they share what none of them changes


def pre_fork(_arbiter: Any, _worker: Any) -> None:
    """gunicorn's hook: a worker is about to begin."""
    memory.share()


def post_fork(_arbiter: Any, _worker: Any) -> None:
    """gunicorn's hook: a worker begins, and has no threads yet."""
    memory.keep_together()
