"""Speaking SOAP in tests: envelopes as clients send them, and answers read back."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from django.test import Client
from lxml import etree

from accounts.integrators.finding import Shown
from ecship.soap.table import OPERATIONS, Operation
from ecship.soap.writing import ENVELOPE, OBJECT, SERVICE
from tests.accounts.integrated import Integrated

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DIGEST = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"


def header(shown: Shown) -> str:
    return (
        f'<soapenv:Header><wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" soapenv:mustUnderstand="1">'
        f"<wsse:UsernameToken><wsse:Username>{escape(shown.integrator)}</wsse:Username>"
        f'<wsse:Password Type="{DIGEST}">{escape(shown.digest)}</wsse:Password>'
        f"<wsse:Nonce>{escape(shown.nonce)}</wsse:Nonce><wsu:Created>{escape(shown.created)}</wsu:Created>"
        "</wsse:UsernameToken></wsse:Security></soapenv:Header>"
    )


def envelope(shown: Shown | None, name: str, wrapper: str, fields: dict[str, Any], *, who: str = "") -> str:
    """Return a whole envelope; `who` is the field in which the person's name stands."""
    inner = "".join(_field(key, value) for key, value in sorted(fields.items()))
    if shown is not None:
        inner += f"<obj:{who or 'ecshipUsername'}>{escape(shown.username)}</obj:{who or 'ecshipUsername'}>"
        inner += f"<obj:integratorUsername>{escape(shown.integrator)}</obj:integratorUsername>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE}" xmlns:ws="{SERVICE}" '
        f'xmlns:obj="{OBJECT}">{header(shown) if shown else ""}<soapenv:Body><ws:{name}><ws:{wrapper}>{inner}'
        f"</ws:{wrapper}></ws:{name}></soapenv:Body></soapenv:Envelope>"
    )


def _field(name: str, value: Any) -> str:
    if isinstance(value, list):
        items = (
            "".join(_field(key, one) for key, one in item.items()) if isinstance(item, dict) else escape(str(item))
            for item in value
        )
        return f"<obj:{name}>{''.join(f'<ws:item>{item}</ws:item>' for item in items)}</obj:{name}>"
    return f"<obj:{name}>{escape(str(value))}</obj:{name}>"


def operation(name: str) -> Operation:
    return next(one for (_service, called), one in OPERATIONS.items() if called == name)


def send(client: Client, service: str, body: str | bytes, **more: Any) -> Any:
    content = body.encode() if isinstance(body, str) else body
    return client.generic(
        "POST", more.pop("path", f"/API/services/{service}"), content, content_type="text/xml; charset=utf-8",
        HTTP_SOAPACTION='""', **more,
    )  # fmt: skip


def read(response: Any) -> dict[str, Any]:
    """Return the fields of an answer, and see that it is one: right namespaces, right names."""
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    root = etree.fromstring(response.content)
    assert root.tag == f"{{{ENVELOPE}}}Envelope"
    (answer,) = root[0]
    (inner,) = answer
    assert str(answer.tag).startswith(f"{{{SERVICE}}}")
    assert inner.tag == str(answer.tag).removesuffix("Response") + "Return"
    return {etree.QName(one).localname: _value(one) for one in inner}


def _value(element: Any) -> Any:
    if len(element):
        return [
            {etree.QName(one).localname: _value(one) for one in item} if len(item) else item.text for item in element
        ]
    return element.text or ""


class Program:
    """A client that shows an integrator's header; one header for all its calls, as many do."""

    def __init__(self, linked: Integrated, **shown: Any) -> None:
        self.client, self.linked = Client(raise_request_exception=False), linked
        self.shown = linked.shown(**shown)

    def send(self, name: str, fields: dict[str, Any], **more: Any) -> Any:
        one = operation(name)
        return send(self.client, one.service, envelope(self.shown, name, one.wrapper, fields), **more)

    def call(self, name: str, fields: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        response = self.send(name, fields or {}, **more)
        assert response.status_code == 200, response.content
        return read(response)
