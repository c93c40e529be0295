"""Structured logs without personal data: the request's id and route, never its path, body, or who."""

import json
import logging
from typing import Any

EXTRAS = (
    "alarm", "table", "route", "status", "task", "service", "role", "connection", "range_group", "indicator", "left",
    "head",
)  # fmt: skip
# Their arguments quote addresses, bodies or exceptions: of these only the bare message is kept.
QUOTING = ("django.request", "celery.app.trace", "celery.worker")


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        from security import scope

        record.request_id = scope.get().request_id
        return True


def _of_request(record: logging.LogRecord) -> dict[str, Any]:
    """Of an answer that Django logs: which request, which address pattern, which status; never the address itself."""
    request = getattr(record, "request", None)
    if request is None:
        return {}
    match = getattr(request, "resolver_match", None)
    return {
        "message": "answered",
        "request_id": getattr(request, "request_id", ""),
        "route": match.route if match else "",
        "status": getattr(record, "status_code", None),
    }


class JsonFormatter(logging.Formatter):
    """One JSON object a line. Of an exception, only its type and where it rose: messages may quote data."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.msg if record.name.startswith(QUOTING) else record.getMessage(),
            "request_id": getattr(record, "request_id", ""),
            **_of_request(record),
            **{name: getattr(record, name) for name in EXTRAS if hasattr(record, name)},
        }
        if record.exc_info and record.exc_info[0]:
            entry["exception"] = record.exc_info[0].__name__
            entry["where"] = self._where(record)
        return json.dumps(entry, ensure_ascii=False, default=str)

    @staticmethod
    def _where(record: logging.LogRecord) -> list[str]:
        trace = record.exc_info[2] if record.exc_info else None
        places = []
        while trace is not None:
            places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}")
            trace = trace.tb_next
        return places[-8:]
