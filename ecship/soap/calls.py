"""One call as it was read: which operation of which service, its fields, and what was shown of whoever calls."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from accounts.integrators.finding import Shown
from ecship.soap.envelope import Element, Malformed, read
from ecship.soap.table import OPERATIONS, Operation

USERNAMES = ("ecshipUsername", "hkpId")
CALLERS = {*USERNAMES, "integratorUsername"}
REFERENCES = ("refNo", "senderCustRef", "custOrdRef", "sendCustRef")  # by which a shop knows its order again
# Spellings that clients send beside the documented ones.
ALIASES = {"iPostalStation": "ipostalStation", "EcshipUsername": "ecshipUsername", "hkpid": "hkpId"}
MOST_NAME = 64  # characters of an operation's name; it is written into the answer
NEVER_READ = {"creditCardNo"}  # a field of the original's: it is dropped before anybody looks


@dataclass(frozen=True)
class Call:
    """A call. `operation` is None for one that there is not; `name` is what it was called, a name that XML allows."""

    service: str
    name: str
    operation: Operation | None
    shown: Shown | None
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def named(self) -> list[str]:
        """What the call refers to, as the path of a page would: numbers of items and of orders."""
        names = self.operation.references if self.operation is not None else ()
        return [value for name in names for value in texts(self.fields, name)]

    def once(self) -> tuple[str, bytes]:
        """Return the name under which a change is done once, and what exactly was asked.

        The same fields with the same reference of the sender's are the same order, whatever the header; without one,
        the same fields with the same header are. Who calls is no field: the link says for which account it is.
        """
        fields = {name: value for name, value in self.fields.items() if name not in CALLERS}
        asked = json.dumps([self.service, self.name, fields], sort_keys=True).encode()
        is_referred = any(text(fields, name) for name in REFERENCES)
        header = "" if is_referred or self.shown is None else self.shown.digest
        return f"soap-{sha256(asked + header.encode()).hexdigest()}", asked


def read_call(service: str, body: bytes) -> Call:
    """Read a call. Raises Malformed."""
    root = read(body)
    inner = root.child("Body")
    assert inner is not None
    if not inner.children or len(inner.children[0].name) > MOST_NAME:
        raise Malformed
    wrapper = inner.children[0]
    operation = OPERATIONS.get((service, wrapper.name))
    fields = _fields(_request(wrapper, operation))
    return Call(service, wrapper.name, operation, _shown(root, fields), fields)


def text(fields: dict[str, Any], name: str) -> str:
    """Return a field's text; missing, nil, empty and anything that is no text are all one."""
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def texts(fields: dict[str, Any], name: str) -> list[str]:
    """Return a field's texts, sent once or as a list; empty ones left out."""
    value = fields.get(name, "")
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, str) and one]


def rows(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the items of a list that have fields of their own."""
    value = fields.get(name, [])
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _request(wrapper: Element, operation: Operation | None) -> Element:
    """Return the element that the fields stand in: `apiNNReq`, or whatever a client calls it, or the wrapper itself."""
    named = wrapper.child(operation.wrapper) if operation is not None else None
    if named is not None:
        return named
    only = wrapper.children[0] if len(wrapper.children) == 1 else None
    return only if only is not None and only.children else wrapper


def _fields(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element.children:
        name = ALIASES.get(child.name, child.name)
        if name in NEVER_READ:
            continue
        value = _value(child)
        if name in found:  # a list without items
            before = found[name] if isinstance(found[name], list) else [found[name]]
            value = [*before, *(value if isinstance(value, list) else [value])]
        found[name] = value
    return found


def _value(element: Element) -> Any:
    if element.is_nil:
        return ""
    if not element.children:
        return element.text
    if all(child.name == "item" for child in element.children):
        return [_value(child) for child in element.children]
    return _fields(element)


def _shown(root: Element, fields: dict[str, Any]) -> Shown | None:
    token = ("Header", "Security", "UsernameToken")
    username = next((found for name in USERNAMES if (found := text(fields, name))), "")
    integrator = root.text_of(*token, "Username")
    if not integrator and not username:
        return None
    return Shown(
        integrator=integrator,
        username=username,
        digest=root.text_of(*token, "Password"),
        nonce=root.text_of(*token, "Nonce"),
        created=root.text_of(*token, "Created"),
    )
