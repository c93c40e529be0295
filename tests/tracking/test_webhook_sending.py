"""What leaves, and what receivers can do to us: everything against a real one on this machine."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ecship.api import receiving
from ecship.api.examples import SECRET
from security.refusals import Suspended
from tests.tracking.hooks import Handler, Receiver, Server, receiver
from tracking.webhooks import sending, signing
from tracking.webhooks.models import Failure

NOW = datetime(2026, 3, 27, 12, tzinfo=UTC)
BODY = b'{"type":"webhook.test"}'


@pytest.fixture(autouse=True)
def _here(settings: Any) -> None:
    settings.WEBHOOK_LOOPBACK = True


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def post(url: str, headers: dict[str, str] | None = None) -> sending.Outcome:
    return sending.post(url, headers or {}, BODY, leaving=nullcontext)


def test_a_message_is_signed_under_the_new_secret_and_the_old_one(there: Receiver) -> None:
    new, old = signing.new_secret(), signing.new_secret()

    outcome = post(there.url, signing.headers([new, old], message_id="msg_1", now=NOW, body=BODY))

    assert outcome.is_delivered
    assert outcome.status_code == 204
    got = there.got[0]
    assert got.is_signed_under(new)
    assert got.is_signed_under(old)
    assert not got.is_signed_under(signing.new_secret())
    assert (got.headers["webhook-id"], got.headers["webhook-timestamp"]) == ("msg_1", str(int(NOW.timestamp())))
    assert got.headers["host"] == there.url.split("/")[2]


def test_a_signature_is_as_the_specification_has_it() -> None:
    """The example of Standard Webhooks' own libraries."""
    made = signing.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )

    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def drip(handler: Any, _number: int) -> None:
    for _byte in range(100):
        handler.wfile.write(b"H")
        handler.wfile.flush()
        time.sleep(0.05)


def endless(handler: Any, _number: int) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _chunk in range(2_000):
        handler.wfile.write(b"x" * 65_536)


def endless_head(handler: Any, _number: int) -> None:
    for _line in range(2_000):
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    handler.say(200)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (lambda handler, _n: handler.say(299), (299, "")),
        (lambda handler, _n: handler.say(302, Location="/elsewhere"), (302, Failure.REDIRECT)),
        (lambda handler, _n: handler.say(307, Location="http://127.0.0.1:1/"), (307, Failure.REDIRECT)),
        (lambda handler, _n: handler.say(410), (410, Failure.GONE)),
        (lambda handler, _n: handler.say(404), (404, Failure.STATUS)),
        (lambda handler, _n: handler.say(503), (503, Failure.STATUS)),
        (lambda handler, _n: handler.wfile.write(b"\x00nonsense\r\n\r\n"), (None, Failure.ANSWER)),
        (lambda handler, _n: handler.connection.shutdown(socket.SHUT_RDWR), (None, Failure.ANSWER)),
        (drip, (None, Failure.TIMEOUT)),
        (endless, (200, "")),
        (endless_head, (200, "")),
    ],
    ids=[
        "2xx",
        "redirect",
        "redirect 307",
        "gone",
        "refused",
        "broken",
        "nonsense",
        "hangs up",
        "drips",
        "endless",
        "endless head",
    ],
)
def test_a_receiver_can_only_take_it_or_not(
    there: Receiver, monkeypatch: pytest.MonkeyPatch, answer: Any, outcome: Any
) -> None:
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 0.4)
    there.answer, began = answer, time.monotonic()

    found = post(there.url)

    assert (found.status_code, found.failure) == outcome
    assert len(there.got) == 1  # it was led nowhere
    assert time.monotonic() - began < 2


def test_who_listens_and_never_speaks_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "WHOLE_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        for scheme in ("http", "https"):  # https: in the middle of TLS
            began = time.monotonic()
            assert post(f"{scheme}://127.0.0.1:{mute.getsockname()[1]}/").failure == Failure.TIMEOUT
            assert time.monotonic() - began < 1


def test_where_it_went_is_in_no_log(there: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """The library would write the address of a receiver whose head it cannot read."""
    there.answer = lambda handler, _number: handler.wfile.write(b"HTTP/1.1 200 OK\r\n folded\r\nno colon\r\n\r\n")

    with caplog.at_level("DEBUG"):
        post(there.url)

    assert len(there.got) == 1
    assert "/hook" not in caplog.text


def test_nobody_there_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert post(f"http://127.0.0.1:{port}/").failure == Failure.CONNECTION


def test_nothing_leaves_when_it_may_not(there: Receiver) -> None:
    def suspended() -> AbstractContextManager[None]:
        raise Suspended

    with pytest.raises(Suspended):
        sending.post(there.url, {}, BODY, leaving=suspended)

    assert there.got == []


def test_nothing_goes_to_this_machine_but_in_tests(there: Receiver, settings: Any) -> None:
    settings.WEBHOOK_LOOPBACK = False

    assert post(there.url).failure == Failure.ADDRESS
    assert there.got == []


# TLS, and the name that is looked up ------------------------------------------------------------------------------


def certificate_of(name: str, folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain) + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.parametrize(
    ("asked", "is_trusted", "failure"),
    [
        ("hooks.example.com", True, ""),
        ("hooks.example.com", False, Failure.TLS),  # signed by nobody we know
        ("other.example.com", True, Failure.TLS),  # another one's certificate
    ],
)
def test_the_name_is_looked_up_once_and_is_the_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str, is_trusted: bool, failure: str
) -> None:
    """DNS that answers otherwise the second time is never asked a second time."""
    pem = certificate_of("hooks.example.com", tmp_path)
    handler = type("Here", (Handler,), {})
    names, found = [], socket.getaddrinfo

    def look_up(host: str, *rest: Any, **options: Any) -> Any:
        names.append(host)
        return found("127.0.0.1" if host.endswith(".example.com.") else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    if is_trusted:
        context = ssl.create_default_context(cafile=str(pem))
        monkeypatch.setattr(sending, "trusted", lambda: context)
    with Server(("127.0.0.1", 0), handler) as server:
        ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ours.load_cert_chain(pem)
        named: list[Any] = []
        ours.sni_callback = lambda _socket, name, _context: named.append(name)
        server.socket = ours.wrap_socket(server.socket, server_side=True)
        port = server.server_address[1]
        handler.receiver = there = Receiver(f"https://{asked}:{port}/hook")  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        outcome = post(there.url)
        server.shutdown()
        thread.join()

    assert outcome.failure == failure
    assert named == [asked]
    assert [name for name in names if name.endswith(".example.com.")] == [f"{asked}."]
    assert [got.headers["host"] for got in there.got] == ([] if failure else [f"{asked}:{port}"])


# What the docs say ------------------------------------------------------------------------------------------------


def test_the_example_of_the_docs_verifies_a_message_and_nothing_else() -> None:
    secret, now = signing.new_secret(), datetime.now(UTC)
    headers = signing.headers([signing.new_secret(), secret], message_id="msg_1", now=now, body=BODY)
    known: dict[str, Any] = {}
    exec(receiving.VERIFY, known)  # noqa: S102 - what is tested
    verify = known["is_from_ecship"]

    assert verify(secret, headers, BODY)
    assert not verify(secret, headers, BODY + b" ")
    assert not verify(signing.new_secret(), headers, BODY)
    assert not verify(secret, {**headers, "webhook-id": "msg_2"}, BODY)
    assert not verify(secret, {**headers, "webhook-timestamp": str(int(now.timestamp()) - 301)}, BODY)
    shown = dict(line.split(": ", 1) for line in receiving.MESSAGE.split("\n\n")[0].splitlines()[1:])
    body = receiving.MESSAGE.split("\n\n")[1].encode()
    timestamp = int(shown["webhook-timestamp"])
    made = signing.signature(SECRET, message_id=shown["webhook-id"], timestamp=timestamp, body=body)
    assert shown["webhook-signature"] == made
