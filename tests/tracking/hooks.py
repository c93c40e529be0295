"""Webhooks and their messages for tests, and a receiver on this machine that does as it is told."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from hmac import digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID

from shipments.models import Shipment
from tracking.webhooks import signing
from tracking.webhooks.models import OF_SHIPMENTS, DeliveryState, Type, Webhook, WebhookDelivery


def made_webhook(url: str, now: datetime, *, by: UUID, description: str = "", **values: Any) -> Webhook:
    """Make a webhook in the active scope."""
    webhook = Webhook(**{"events": list(OF_SHIPMENTS), "by": by, "created_at": now, "updated_at": now, **values})
    webhook.url, webhook.description, webhook.secret = url, description, signing.new_secret()
    webhook.save(force_insert=True)
    return webhook


def told(webhook: Webhook, now: datetime, *, shipment: Shipment | None = None, **values: Any) -> WebhookDelivery:
    """Make a message that was delivered, unless `values` say otherwise."""
    about = {"shipment": shipment.pk, "item_number": shipment.item_number, "status": "booked"} if shipment else {}
    fields = {"state": DeliveryState.DELIVERED, "attempts": 1, "tried_at": now, "status_code": 204, **about, **values}
    return WebhookDelivery.objects.create(webhook=webhook, event=Type.BOOKED, at=now, **fields)


def waiting(webhook: Webhook, now: datetime, **values: Any) -> WebhookDelivery:
    """Make a message that is due."""
    fresh = {"state": DeliveryState.WAITING, "attempts": 0, "tried_at": None, "status_code": None, "due_at": now}
    return told(webhook, now, **{**fresh, **values})


@dataclass
class Got:
    """A message as a receiver got it."""

    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)

    def is_signed_under(self, secret: str) -> bool:
        """Verify as the documentation tells receivers to."""
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        made = b64encode(digest(b64decode(secret.removeprefix("whsec_")), signed, sha256)).decode()
        return f"v1,{made}" in self.headers["webhook-signature"].split()


@dataclass
class Receiver:
    """What arrived; `answer` writes the answer to each, by its number from 0."""

    url: str
    got: list[Got] = field(default_factory=list)
    answer: Callable[[Any, int], None] = lambda handler, _number: handler.say(204)


class Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.got.append(Got({name.lower(): value for name, value in self.headers.items()}, body))
        self.receiver.answer(self, len(self.receiver.got) - 1)

    def do_GET(self) -> None:  # a redirect that was followed would come by GET
        self.receiver.got.append(Got({}, b""))
        self.say(200)

    def say(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_arguments: Any) -> None:
        """Who hangs up on us does so on purpose."""


@contextmanager
def receiver() -> Iterator[Receiver]:
    handler = type("Here", (Handler,), {})
    with Server(("127.0.0.1", 0), handler) as server:
        here = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook")
        handler.receiver = here  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()
