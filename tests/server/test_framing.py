"""Where a request ends, however it is cut into pieces on its way."""

from __future__ import annotations

import random

import pytest

from ecship.server.framing import MOST_HEAD, Incoming
from ecship.server.refusing import answer
from security import bodies

HEAD = b"POST /x HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
MOST = 100
WHOLE = [
    b"GET / HTTP/1.1\r\n\r\n",
    b"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    HEAD + b"content-length:10\r\n\r\n0123456789",
    HEAD + b"Content-Length: 0\r\n\r\n",
    CHUNKED + b"0\r\n\r\n",
    CHUNKED + b'a;x="y"\r\n0123456789\r\n6 \r\n\r\n\r\n\r\n\r\n0\r\nName: value\r\n\r\n',
]
CUT = [
    HEAD + b"Content-Length: 101\r\n\r\n",
    HEAD + b"Content-Length: 99999999999999999999999999\r\n\r\n",
    HEAD + b"Content-Length: x\r\n\r\n",
    HEAD + b"Content-Length: -1\r\n\r\n",
    HEAD + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
    HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    CHUNKED + b"x\r\n",
    CHUNKED + b"-1\r\n",
    CHUNKED + b"0x1\r\n",
    CHUNKED + b"1" * 4_200,
    CHUNKED + b"0\r\n" + b"Name: value\r\n" * 1_000,
]


def fed(data: bytes, sizes: list[int]) -> Incoming:
    """Feed pieces of these sizes, and the rest, until the request is whole or refused."""
    incoming, at = Incoming(most_body=MOST), 0
    for size in [*sizes, len(data)]:
        incoming.feed(data[at : at + size])
        at += size
        if incoming.is_whole or incoming.refusal or at >= len(data):
            break
    return incoming


@pytest.mark.parametrize("data", WHOLE)
def test_it_is_whole_with_its_last_byte_and_not_before(data: bytes) -> None:
    for end in range(1, len(data)):
        assert not fed(data[:end], []).is_whole, data[:end]
        assert fed(data, [end]).is_whole, data[:end]

    whole = fed(data, [1] * len(data))
    assert (whole.is_whole, whole.is_cut, whole.refusal) == (True, False, 0)
    assert fed(data + b"GET / HTTP/1.1\r\n", []).is_whole


@pytest.mark.parametrize("data", CUT)
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_what_looks_wrong_goes_to_the_parser_at_once(data: bytes, seed: int | None) -> None:
    sizes = [random.Random(seed).randint(1, 9) for _piece in range(len(data))] if seed else []

    incoming = fed(data, sizes)

    assert (incoming.is_whole, incoming.is_cut, incoming.refusal) == (True, True, 0)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /" + b"x" * MOST_HEAD, 414),
        (HEAD + b"Name: " + b"x" * MOST_HEAD, 431),
        (CHUNKED + b"65\r\n", 413),
        (CHUNKED + b"ffffffff\r\n", 413),
        (CHUNKED + b"32\r\n" + b"x" * 50 + b"\r\n33\r\n", 413),
    ],
)
def test_what_is_too_large_is_refused_before_it_has_come(data: bytes, status: int) -> None:
    assert fed(data, []).refusal == status


def test_random_bytes_stop_nobody() -> None:
    dice = random.Random(7)
    words = [
        b"\r\n",
        b"\r\n\r\n",
        b"0",
        b"a",
        b";",
        b":",
        b"\x00",
        b"GET / HTTP/1.1",
        b"Content-Length: 5",
        CHUNKED,
        HEAD,
    ]

    for _time in range(3_000):
        data = b"".join(dice.choice(words) for _word in range(dice.randint(1, 12)))
        whole, pieces = fed(data, []), fed(data, [dice.randint(1, 5) for _piece in range(len(data))])
        assert (whole.is_whole, whole.refusal) == (pieces.is_whole, pieces.refusal), data
        answer(400, data)


def test_where_files_are_uploaded_a_body_may_be_longer() -> None:
    def fits(path: str) -> bool:
        incoming = Incoming(most_body=0, most_for=bodies.most_for)
        incoming.feed(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n".encode())
        return not incoming.is_whole and not incoming.refusal

    book = "9a5e0f6e-2f0f-4c55-8c1a-3b8d0f1c7002"
    assert fits(f"/en/address-books/{book}/imports/")
    assert fits(f"/zh-hant/address-books/{book}/imports/?x=1")
    assert fits(f"/api/v1/address-books/{book}/imports/")
    for path in ("/", "/en/contacts/add/", f"/en/address-books/{book}/imports/x/", "/x?/en/address-books/1/imports/"):
        assert not fits(path), path
