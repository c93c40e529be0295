"""Writing answers, exactly: namespaces, order of fields, and what is missing as nil."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ecship.soap.calls import Call
from ecship.soap.table import ALWAYS, Fields, Kind, Many

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
SERVICE = "http://webservice.integrator.hkpost.com"
OBJECT = "http://object.integrator.hkpost.com"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
MEDIA_TYPE = "text/xml; charset=utf-8"
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>'


def answer(call: Call, values: dict[str, Any]) -> str:
    """Return the envelope of an answer; of an operation that there is not, its status alone."""
    fields = call.operation.gives if call.operation is not None else ALWAYS
    inner = "".join(_field(name, kind, values.get(name)) for name, kind in fields)
    return envelope(
        f"<ws:{call.name}Response><ws:{call.name}Return>{inner}</ws:{call.name}Return></ws:{call.name}Response>"
    )


def fault(code: str, words: str, about: str) -> str:
    """Return the envelope of a fault (SOAP 1.1, section 4.4); its parts stand in no namespace."""
    detail = f"<detail><problem>{text(about)}</problem></detail>"
    return envelope(
        f"<soapenv:Fault><faultcode>soapenv:{code}</faultcode><faultstring>{text(words)}</faultstring>{detail}"
        "</soapenv:Fault>"
    )


def envelope(body: str) -> str:
    names = {"soapenv": ENVELOPE, "ws": SERVICE, "obj": OBJECT, "xsi": INSTANCE}
    declared = " ".join(f"xmlns:{name}={quoteattr(value)}" for name, value in names.items())
    return f"{PROLOGUE}\n<soapenv:Envelope {declared}><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"


def text(value: object) -> str:
    """Return text for XML; what XML 1.0 cannot hold is left out."""
    return escape(NOT_XML.sub("", str(value)))


def _field(name: str, kind: Kind, value: Any) -> str:
    if value is None:
        return f'<obj:{name} xsi:nil="true"/>'
    if isinstance(kind, Many):
        return f"<obj:{name}>{''.join(_items(kind, value))}</obj:{name}>"
    return f"<obj:{name}>{text(value)}</obj:{name}>"


def _items(kind: Many, values: Iterable[Any]) -> Iterable[str]:
    inner: Fields = kind.fields
    for value in values:
        written = "".join(_field(name, one, value.get(name)) for name, one in inner) if inner else text(value)
        yield f"<ws:item>{written}</ws:item>"
