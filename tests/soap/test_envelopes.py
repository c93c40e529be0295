"""What comes over the wire: read liberally, bounded, and refused where it is no envelope."""

from __future__ import annotations

import pytest
from django.test import Client
from lxml import etree

from ecship.soap import envelope
from ecship.soap.calls import read_call
from ecship.soap.table import OPERATIONS
from ecship.soap.writing import ENVELOPE
from security.bodies import SOAP_MOST
from tests.accounts.integrated import Integrated
from tests.soap import speaking
from tests.soap.speaking import Program, send

OPEN = f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body><getMTTInfo><api04Req>'
CLOSE = "</api04Req></getMTTInfo></e:Body></e:Envelope>"
ITEM = "<itemNo>RB123456785HK</itemNo>"
NOT_READ: dict[str, bytes] = {
    "nothing": b"",
    "no XML": b"itemNo=RB123456785HK",
    "cut off": (OPEN + ITEM).encode(),
    "another root": b"<x/>",
    "no body": f'<e:Envelope xmlns:e="{ENVELOPE}"/>'.encode(),
    "an empty body": f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body/></e:Envelope>'.encode(),
    "a document type": f"<!DOCTYPE x>{OPEN}{ITEM}{CLOSE}".encode(),
    "a bomb of entities": (
        "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
        + "".join(f"<!ENTITY b{n} '{f'&b{n - 1};' * 10 if n else '&a;' * 10}'>" for n in range(9))
        + f"]>{OPEN}<itemNo>&b8;</itemNo>{CLOSE}"
    ).encode(),
    "a file": f'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>{OPEN}<itemNo>&f;</itemNo>{CLOSE}'.encode(),
    "an undeclared entity": f"{OPEN}<itemNo>&f;</itemNo>{CLOSE}".encode(),
    "a processing instruction": f"<?xml-stylesheet href='x'?>{OPEN}{ITEM}{CLOSE}".encode(),
    "too deep": (OPEN + "<a>" * 20 + "</a>" * 20 + CLOSE).encode(),
    "too many": (OPEN + "<a/>" * 4_000 + CLOSE).encode(),
    "too many attributes": (OPEN + "<a " + " ".join(f'n{n}=""' for n in range(40)) + "/>" + CLOSE).encode(),
    "an unknown encoding": b"<?xml version='1.0' encoding='x-nothing'?>" + (OPEN + CLOSE).encode(),
    "bytes that are not UTF-8": OPEN.encode() + b"\xff\xfe" + CLOSE.encode(),
    "a long name": f"<e:Envelope xmlns:e='{ENVELOPE}'><e:Body><{'n' * 99}/></e:Body></e:Envelope>".encode(),
}


@pytest.mark.parametrize("body", NOT_READ.values(), ids=list(NOT_READ))
def test_what_is_no_envelope_is_refused(body: bytes) -> None:
    with pytest.raises(envelope.Malformed):
        read_call("Tracking", body)


@pytest.mark.django_db
def test_broken_xml_gets_a_fault_and_one_that_is_too_large_is_not_read(client: Client) -> None:
    answer = send(client, "Tracking", NOT_READ["a file"])
    assert answer.status_code == 500
    fault = next(etree.fromstring(answer.content).iter(f"{{{ENVELOPE}}}Fault"))
    assert [one.tag for one in fault] == ["faultcode", "faultstring", "detail"]
    assert fault[0].text == "soapenv:Client"
    assert b"root:" not in answer.content

    large = send(client, "Tracking", b"x" * (SOAP_MOST + 1))
    assert large.status_code == 413
    assert b"Fault" in large.content


def test_fields_are_read_from_whatever_a_client_makes_of_them() -> None:
    plain = read_call("Tracking", (OPEN + ITEM + CLOSE).encode())
    assert (plain.name, plain.fields) == ("getMTTInfo", {"itemNo": "RB123456785HK"})
    assert plain.operation is speaking.operation("getMTTInfo")
    assert plain.shown is None
    bodies: dict[str, str | bytes] = {
        "a wrapper in another namespace, and a request of another name": (
            f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body><q:getMTTInfo xmlns:q="urn:x"><req>'
            f"<a:itemNo xmlns:a='urn:y'> RB123456785HK\n</a:itemNo></req></q:getMTTInfo></s:Body></s:Envelope>"
        ),
        "UTF-16": f"<?xml version='1.0' encoding='UTF-16'?>{OPEN}{ITEM}{CLOSE}".encode("utf-16"),
        "no request element": OPEN.replace("<api04Req>", "") + ITEM + CLOSE.replace("</api04Req>", ""),
        "a card that is dropped": f"{OPEN}<creditCardNo>4111111111111111</creditCardNo>{ITEM}{CLOSE}",
        "character data": f"{OPEN}<itemNo><![CDATA[RB123456785HK]]></itemNo>{CLOSE}",
    }
    for name, body in bodies.items():
        read = read_call("Tracking", body if isinstance(body, bytes) else body.encode())
        assert read.fields == plain.fields, name


def test_missing_empty_and_nil_are_one_and_lists_come_in_three_ways() -> None:
    nil = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"'
    for field in ("", "<itemNo/>", f"<itemNo {nil}/>", "<itemNo>  </itemNo>"):
        call = read_call("Tracking", f"{OPEN}{field}<x/>{CLOSE}".encode())
        assert call.named == []
    for field in (
        "<itemNo><item>A</item><item>B</item></itemNo>",
        "<itemNo>A</itemNo><itemNo>B</itemNo>",
        "<itemNo><item>A</item></itemNo><itemNo>B</itemNo>",
    ):
        assert read_call("Tracking", f"{OPEN}{field}{CLOSE}".encode()).named == ["A", "B"]


@pytest.mark.django_db
def test_the_description_follows_the_host_that_was_asked_and_no_other(client: Client) -> None:
    for host in ("localhost", "127.0.0.1:8000"):
        for path in ("/API/services/Tracking", "/API-trial/services/Tracking"):
            answer = client.get(f"{path}?wsdl", headers={"host": host})
            root = etree.fromstring(answer.content)
            address = next(root.iter("{http://schemas.xmlsoap.org/wsdl/soap/}address"))
            assert address.get("location") == f"http://{host}{path}"
            assert answer["Cache-Control"] == "no-store"
    poisoned = client.get("/API/services/Tracking?wsdl", headers={"host": "evil.example"})
    assert poisoned.status_code == 400
    assert b"evil" not in poisoned.content
    assert client.get("/API/services/Nothing?wsdl").status_code == 404


@pytest.mark.django_db
def test_the_description_names_every_operation_with_fields_in_their_order(client: Client) -> None:
    xsd = "{http://www.w3.org/2001/XMLSchema}"
    for service in {service for service, _name in OPERATIONS}:
        root = etree.fromstring(client.get(f"/API/services/{service}?wsdl").content)
        schemas = root.findall(f".//{xsd}schema")
        assert {schema.get("elementFormDefault") for schema in schemas} == {"qualified"}
        types = {one.get("name"): [str(inner.get("name")) for inner in one.iter(f"{xsd}element")]
                 for one in root.iter(f"{xsd}complexType")}  # fmt: skip
        for one in OPERATIONS.values():
            if one.service == service:
                assert types[one.request_type] == sorted(types[one.request_type], key=str.lower)
                assert types[one.answer_type] == [name for name, _kind in one.gives]


@pytest.mark.django_db
def test_clients_that_post_to_the_description_and_to_the_trial_are_answered(program: Program) -> None:
    asked = {"countryCode": "GBA", "shipCode": "ARM", "weight": "0.1"}
    for path in ("/API/services/Calculator?wsdl", "/API-trial/services/Calculator"):
        assert program.call("getTotalPostage", asked, path=path)["status"] == "0"


@pytest.mark.django_db
def test_a_known_client_sends_the_wrapper_unqualified_and_the_other_name_of_the_user(
    client: Client, linked: Integrated
) -> None:
    body = speaking.envelope(linked.shown(), "getMTTInfo", "api04Req", {"itemNo": "x"}, who="hkpId")
    unqualified = body.replace("ws:getMTTInfo", "getMTTInfo").replace("ws:api04Req", "api04Req")
    assert speaking.read(send(client, "Tracking", unqualified))["status"] == "11"
