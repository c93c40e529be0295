"""Requests to the application in this very process, without a server: for measuring what a part of a request costs.

Call `use` before anything of Django is imported.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from ecship.embedded.ports import LOOPBACK


def use(environment: Mapping[str, str]) -> None:
    """Set Django up on a site's databases."""
    import django

    os.environ.update(environment)
    os.environ["DJANGO_SETTINGS_MODULE"] = "ecship.settings"
    django.setup()


class Caller:
    """Whoever holds a key, asking the application as a server would hand it requests."""

    def __init__(self, token: str) -> None:
        from django.urls import reverse

        from ecship.handler import Handler
        from ecship.server import memory

        self.application, self.token = Handler(), token
        reverse("healthz")  # imports all views, as `ecship.wsgi` does
        memory.share()  # as the server does before it forks: else each collection goes through all that was imported

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer's JSON. Raises RuntimeError for any status but 200, 201 and 204."""
        sent, status = b"" if body is None else json.dumps(body).encode(), list[str]()
        path, _mark, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": LOOPBACK,
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": LOOPBACK,
            "REMOTE_ADDR": LOOPBACK,
            "HTTP_AUTHORIZATION": f"Bearer {self.token}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(sent)),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(sent),
            "wsgi.errors": sys.stderr,
            "wsgi.version": (1, 0),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }

        def start(line: str, headers: object, error: object = None, /) -> Callable[[bytes], object]:
            status.append(line)
            return status.append  # type: ignore[return-value]  # WSGI's old way to write, which Django never uses

        response = self.application(environ, start)
        answer = b"".join(response)
        response.close()  # ends the request, as a server does
        if status[0][:3] not in {"200", "201", "204"}:
            raise RuntimeError(f"{method} {path}: {status[0]} {answer[:300]!r}")
        return json.loads(answer) if answer else None


def seconds_each(act: Callable[[], object], times: int) -> tuple[float, float]:
    """Return what one of so many acts took on the clock, and of this process's CPU."""
    clock, cpu = time.perf_counter(), time.process_time()
    for _time in range(times):
        act()
    return (time.perf_counter() - clock) / times, (time.process_time() - cpu) / times
