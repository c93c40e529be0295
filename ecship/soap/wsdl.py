"""The description of a service (WSDL 1.1, document style, wrapped), made of the table; its address follows the host."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from ecship.soap.table import Fields, Kind, Many, Operation, of_service
from ecship.soap.writing import OBJECT, PROLOGUE, SERVICE

NAMESPACES = {
    "wsdl": "http://schemas.xmlsoap.org/wsdl/",
    "soap": "http://schemas.xmlsoap.org/wsdl/soap/",
    "xsd": "http://www.w3.org/2001/XMLSchema",
    "impl": SERVICE,
    "obj": OBJECT,
}
HTTP = "http://schemas.xmlsoap.org/soap/http"


def describe(service: str, *, address: str) -> str:
    """Return the description of a service that is spoken to at an address."""
    operations = of_service(service)
    declared = " ".join(f"xmlns:{name}={quoteattr(value)}" for name, value in NAMESPACES.items())
    parts = [
        _types(operations),
        *(_messages(one) for one in operations),
        f'<wsdl:portType name="{service}">{"".join(map(_port, operations))}</wsdl:portType>',
        f'<wsdl:binding name="{service}SoapBinding" type="impl:{service}">',
        f'<soap:binding style="document" transport="{HTTP}"/>{"".join(map(_binding, operations))}</wsdl:binding>',
        f'<wsdl:service name="{service}Service"><wsdl:port binding="impl:{service}SoapBinding" name="{service}">',
        f"<soap:address location={quoteattr(address)}/></wsdl:port></wsdl:service>",
    ]
    whole = "".join(parts)
    return f"{PROLOGUE}\n<wsdl:definitions targetNamespace={quoteattr(SERVICE)} {declared}>{whole}</wsdl:definitions>"


def _types(operations: list[Operation]) -> str:
    wrappers = "".join(_wrappers(one) for one in operations)
    lists = "".join(_list_types(operations))
    objects = "".join(_object_types(operations))
    return (
        f'<wsdl:types><xsd:schema elementFormDefault="qualified" targetNamespace={quoteattr(SERVICE)}>'
        f"<xsd:import namespace={quoteattr(OBJECT)}/>{wrappers}{lists}</xsd:schema>"
        f'<xsd:schema elementFormDefault="qualified" targetNamespace={quoteattr(OBJECT)}>'
        f"<xsd:import namespace={quoteattr(SERVICE)}/>{objects}</xsd:schema></wsdl:types>"
    )


def _wrappers(one: Operation) -> str:
    asked = f'<xsd:element name="{one.wrapper}" type="obj:{one.request_type}"/>'
    given = f'<xsd:element name="{one.name}Return" type="obj:{one.answer_type}"/>'
    return "".join(
        f'<xsd:element name="{name}">{_sequence("", inner)}</xsd:element>'
        for name, inner in ((one.name, asked), (f"{one.name}Response", given))
    )


def _sequence(name: str, inner: str) -> str:
    named = f' name="{name}"' if name else ""
    return f"<xsd:complexType{named}><xsd:sequence>{inner}</xsd:sequence></xsd:complexType>"


def _lists(operations: list[Operation]) -> dict[str, Many]:
    """Return every kind of list that an operation takes or gives, by what one of its items is called."""
    fields = [kind for one in operations for _name, kind in (*one.asks, *one.gives)]
    return {kind.of: kind for kind in fields if isinstance(kind, Many)}


def _list_types(operations: list[Operation]) -> Iterator[str]:
    for kind in _lists(operations).values():
        item = "xsd:string" if not kind.fields else f"obj:{kind.of}"
        inner = f'<xsd:element maxOccurs="unbounded" minOccurs="0" name="item" type="{item}"/>'
        yield _sequence(f"ArrayOf{kind.of}", inner)


def _object_types(operations: list[Operation]) -> Iterator[str]:
    made: dict[str, Fields] = {}
    for one in operations:
        made |= {one.request_type: one.asks, one.answer_type: one.gives}
    made |= {kind.of: kind.fields for kind in _lists(operations).values() if kind.fields}
    for name, fields in made.items():
        inner = "".join(_element(field, kind) for field, kind in fields)
        yield _sequence(name, inner)


def _element(name: str, kind: Kind) -> str:
    of = f"impl:ArrayOf{kind.of}" if isinstance(kind, Many) else f"xsd:{kind}"
    return f'<xsd:element minOccurs="0" name="{name}" nillable="true" type="{of}"/>'


def _messages(one: Operation) -> str:
    return "".join(
        f'<wsdl:message name="{one.name}{way}">'
        f'<wsdl:part element="impl:{one.name}{element}" name="parameters"/></wsdl:message>'
        for way, element in (("Request", ""), ("Response", "Response"))
    )


def _port(one: Operation) -> str:
    ways = (
        f'<wsdl:{tag} message="impl:{one.name}{way}" name="{one.name}{way}"/>'
        for tag, way in (("input", "Request"), ("output", "Response"))
    )
    return f'<wsdl:operation name="{one.name}">{"".join(ways)}</wsdl:operation>'


def _binding(one: Operation) -> str:
    ways = (
        f'<wsdl:{tag} name="{one.name}{way}"><soap:body use="literal"/></wsdl:{tag}>'
        for tag, way in (("input", "Request"), ("output", "Response"))
    )
    return f'<wsdl:operation name="{one.name}"><soap:operation soapAction=""/>{"".join(ways)}</wsdl:operation>'
