"""Where a webhook may go: public servers alone, in whichever way another one is written or looked up."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tracking.webhooks.targets import BadTarget, check, places_of

REFUSED = [
    # not https, and what browsers forgive
    "http://shop.example.com/", "ftp://shop.example.com/", "//shop.example.com/", "shop.example.com", "",
    "https:/shop.example.com", "https://", "https://shop.example.com\\@127.0.0.1/", "https://shop.example.com/ x",
    "https://shop.example.com/\r\nHost: x", "https://shop.example.com/#part", "https://shöp.example.com/",
    # somebody else's name in front
    "https://shop.example.com@127.0.0.1/", "https://user:word@shop.example.com/", "https://@shop.example.com/",
    # other doors
    "https://shop.example.com:22/", "https://shop.example.com:8443/", "https://shop.example.com:0/",
    "https://shop.example.com:65536/", "https://shop.example.com:x/",
    # names that are not of the public DNS
    "https://localhost/", "https://localhost./", "https://db/", "https://db.internal/", "https://printer.local/",
    "https://shop..example.com/", "https://-shop.example.com/",
    # addresses, and the ways in which C libraries read them
    "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/",
    "https://0.0.0.0/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://169.254.169.254/",
    "https://100.64.0.1/", "https://198.18.0.1/", "https://224.0.0.1/", "https://240.0.0.1/", "https://255.255.255.255/",
    "https://192.0.2.1/", "https://[::1]/", "https://[::]/", "https://[fe80::1]/", "https://[fc00::1]/",
    "https://[fd12::1]/", "https://[ff02::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:8.8.8.8]/",
    "https://[::7f00:1]/", "https://[64:ff9b::7f00:1]/", "https://[64:ff9b::808:808]/", "https://[64:ff9b:1::1]/",
    "https://[2002:7f00:1::]/", "https://[2002:808:808::]/", "https://[2001::1]/", "https://[2001:db8::1]/",
    "https://[fec0::1]/", "https://[100::1]/", "https://[3fff::1]/", "https://[fe80::1%25eth0]/",
]  # fmt: skip
TAKEN = [
    ("https://shop.example.com/ecship?shop=1", "shop.example.com", 443, "/ecship?shop=1"),
    ("https://SHOP.example.com:443", "shop.example.com", 443, "/"),
    ("https://shop.example.com./", "shop.example.com", 443, "/"),
    ("https://8.8.8.8/", "8.8.8.8", 443, "/"),
    ("https://[2606:4700::1111]/x", "2606:4700::1111", 443, "/x"),
    ("https://xn--bcher-kva.example.com/", "xn--bcher-kva.example.com", 443, "/"),
]


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_of_no_public_server_is_refused(url: str) -> None:
    with pytest.raises(BadTarget) as refused:
        check(url)

    assert refused.value.words


@pytest.mark.parametrize(("url", "host", "port", "path"), TAKEN)
def test_an_address_of_a_public_server_is_taken(url: str, host: str, port: int, path: str) -> None:
    target = check(url)

    assert (target.host, target.port, target.path, target.is_tls) == (host, port, path, True)


def test_further_ports_are_a_setting(settings: Any) -> None:
    settings.WEBHOOK_PORTS = [443, 8443]

    assert check("https://shop.example.com:8443/").host_header == "shop.example.com:8443"


@pytest.mark.parametrize(
    ("found", "is_taken"),
    [
        (["8.8.8.8"], True),
        (["8.8.8.8", "2606:4700::1111"], True),
        (["127.0.0.1"], False),
        (["8.8.8.8", "10.0.0.1"], False),  # one of them is enough
        (["::ffff:10.0.0.1"], False),
        (["fe80::1%1"], False),
        ([], False),
    ],
)
def test_where_a_name_leads_is_looked_at_too(monkeypatch: pytest.MonkeyPatch, found: list[str], is_taken: bool) -> None:
    asked = []

    def answer(host: str, port: int, **options: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port)) for place in found]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    target = check("https://shop.example.com/")
    if is_taken:
        assert places_of(target) == found
    else:
        with pytest.raises(BadTarget):
            places_of(target)

    assert asked == ["shop.example.com."]  # once, and as a whole name
