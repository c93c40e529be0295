"""The API's schema: OpenAPI 3.1, made from the views, with what the house adds to every operation.

Each view says what its own body and answer are. What follows from the house is added here, once: who may call (the
mark), which refusals may come back (problem+json), and which headers are understood and sent.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django.utils.translation import override
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from accounts.roles import KEY_SCOPES, OPERATOR_SCOPE
from ecship.api import examples
from ecship.api import fields as fields  # its extensions register themselves
from security import idempotency, problems
from security.marks import Door, Mark
from security.permissions import Permission

TAGS = {
    "accounts": ("You", "Who a key or session is, and who looked at an account's data."),
    "addressbook": ("Address books", "Saved senders and recipients."),
    "shipments": ("Booking", "Where items go, what they cost, and booking them."),
    "labels": ("Documents", "What is printed: labels, customs forms, invoices, certificates of posting."),
    "tracking": ("Tracking", "Where items are. Reading is public."),
    "webhooks": ("Webhooks", "Being told when a shipment is booked, is cancelled or moves, instead of asking."),
}
PROBLEMS = {
    400: "What was sent is wrong; `errors` point to the fields.",
    401: "The key or session is missing, wrong or ended.",
    403: "The role, the key's scopes or a suspension do not allow this.",
    404: "There is nothing under this id for you: unknown, foreign, deleted and malformed are one and the same.",
    405: "This address does not take this method.",
    406: "The answer cannot be given in a media type that was asked for.",
    409: "The present state does not allow this, or the same request is still being worked on.",
    412: "The object was changed since you read it.",
    413: "The body is too large.",
    415: "The body is not in a media type that is understood.",
    422: "The same Idempotency-Key came with another body before.",
    429: "Too many requests; `Retry-After` says how many seconds to wait.",
    503: "Not available for a moment; `Retry-After` says how many seconds to wait.",
}
DONE = {"200": "Here it is.", "201": "It was made.", "204": "It was done; there is no body."}
NOT_MODIFIED = "You have it already: it is the state that `If-None-Match` names. There is no body."
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Your own name for this request. Sent again within 24 hours with the same body, it is answered "
    "again, and done only once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[!-~]+$"},
    "example": "order-10234",
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The `ETag` of what you read. Where the object was changed since, nothing is done.",
    "schema": {"type": "string"},
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The `ETag` of what you have. Where it is still so, the answer is 304, without a body.",
    "schema": {"type": "string"},
}
ETAG = {"description": "Names this state of the object; send it as `If-Match`.", "schema": {"type": "string"}}
LOCATION = {"description": "The address of what was made.", "schema": {"type": "string", "format": "uri-reference"}}
REPLAYED = {
    "description": "`true` where this answer was given before, to the same Idempotency-Key.",
    "schema": {"type": "string", "enum": ["true"]},
}
# What every answer tells of the limits that were asked, unless it was given before they were.
LIMITS = {
    "RateLimit-Policy": {
        "description": "Each limit, its quota `q` and the window `w` in seconds that it counts for; `held` with 0 "
        "where nothing is let through for so long.",
        "schema": {"type": "string"},
        "example": '"actor";q=1200;w=60, "account";q=3000;w=60',
    },
    "RateLimit": {
        "description": "Each limit, how many requests `r` are left, and the seconds `t` until all are back.",
        "schema": {"type": "string"},
        "example": '"actor";r=1199;t=1, "account";r=2999;t=1',
    },
}
LIMITS_SENT = {name: {"$ref": f"#/components/headers/{name}"} for name in LIMITS}
RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}
LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "description": "The language of messages and names: `en`, `zh-Hant` or `zh-Hans`.",
    "schema": {"type": "string"},
}


class KeyOrSession(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A key of an account, or the session of a browser."""

    target_class = "accounts.api.ScopeAuthentication"
    name = ["key", "session"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "An API key: `Authorization: Bearer ecs_…`."},
            {
                "type": "apiKey",
                "in": "cookie",
                "name": "sessionid",
                "description": "The session of a signed-in browser; changes need the header `X-CSRFToken` as well.",
            },
        ]


class OperationSchema(AutoSchema):
    """One operation, with what its mark and its address imply."""

    @property
    def mark(self) -> Mark:
        found = getattr(getattr(self.view, self.method.lower()), "mark", None)
        return found if isinstance(found, Mark) else Mark(Door.PUBLIC)

    def get_override_parameters(self) -> list[Any]:
        """Return the shapes of the address that the operation says it understands."""
        known = getattr(getattr(self.view, self.method.lower()), "asks", ())
        return [*super().get_override_parameters(), *(one for one in known if not isinstance(one, str))]

    def get_tags(self) -> list[str]:
        """Name the section: the innermost package that is one."""
        parts = reversed(type(self.view).__module__.split("."))
        return [next(TAGS[part][0] for part in parts if part in TAGS)]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Return who may call: nobody in particular, or a key with one of the scopes, or a session."""
        super().get_auth()
        if self.mark.door is Door.PUBLIC:
            return [{}]
        keys: list[dict[str, list[str]]] = [{"key": [name]} for name in scopes_for(self.mark.permission)] or [
            {"key": []}
        ]
        return keys if self.mark.permission is Permission.TRACKING_WRITE else [*keys, {"session": []}]

    def get_operation_id(self) -> str:
        """Name an operation by its address and what it does: `address_books_contacts_create`."""
        words = [part for part in self.path.removeprefix("/api/v1/").split("/") if part and not part.startswith("{")]
        does = {
            "GET": "read" if self.is_one_object else "list",
            "POST": "create",
            "PATCH": "change",
            "DELETE": "delete",
        }
        verb = "" if words[-1] == "search" else f"_{does[self.method]}"
        return "_".join(words).replace("-", "_") + verb

    def get_operation(self, *arguments: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*arguments)
        if operation is None:
            return None
        self._add_parameters(operation)
        self._add_answers(operation)
        examples.add(operation)
        return operation

    @property
    def is_one_object(self) -> bool:
        """An address that ends in an id names one object, which has an ETag."""
        return self.path.endswith("}/") and not self.path.startswith("/api/v1/tracking/")

    @property
    def is_keyed(self) -> bool:
        """Whether an Idempotency-Key is heeded; an operator's key, which enters events, has no account to keep it."""
        is_operators = self.mark.permission is Permission.TRACKING_WRITE
        return idempotency.heeds(self.method, self.mark) and not is_operators

    def _add_parameters(self, operation: dict[str, Any]) -> None:
        added = [LANGUAGE]
        if self.is_keyed:
            added.append(IDEMPOTENCY_KEY)
        if self.method == "GET" and self.is_one_object:
            added.append(IF_NONE_MATCH)
        if self.method in {"PATCH", "DELETE"} and self.is_one_object:
            added.append(IF_MATCH)
        operation.setdefault("parameters", []).extend(added)

    def _add_answers(self, operation: dict[str, Any]) -> None:
        answers = operation["responses"]
        for status in sorted(self._refusals(operation)):
            answers.setdefault(str(status), {"$ref": f"#/components/responses/{name_of(status)}"})
        if self.method == "GET" and self.is_one_object:
            answers["304"] = {"description": NOT_MODIFIED, "headers": {}}
        for status, answer in answers.items():
            if "$ref" in answer:
                continue
            if status in DONE:
                answer["description"] = answer.get("description") or DONE[status]
            answer.setdefault("headers", {}).update(LIMITS_SENT)
            if self.is_one_object and self.method in {"GET", "PATCH"}:
                answer["headers"]["ETag"] = ETAG
            if self.is_keyed:
                answer["headers"]["Idempotency-Replayed"] = REPLAYED
                if status == "201":
                    answer["headers"]["Location"] = LOCATION

    def _refusals(self, operation: dict[str, Any]) -> set[int]:
        # A wrong key is refused where none is needed too, and so is a session without its CSRF header; and a body that
        # is too large or packed where none is asked for.
        found = {400, 401, 403, 406, 413, 415, 429, 503}
        if "{" in self.path:
            found.add(404)
        if self.get_tags() == [TAGS["labels"][0]]:  # what is not booked has no documents
            found.add(409)
        if self.is_keyed:
            found |= {409, 422}
        if self.method in {"PATCH", "DELETE"}:
            found |= {409, 412}
        return found


def scopes_for(permission: Permission | None) -> list[str]:
    """Return the scopes of keys that hold a permission, the narrowest first."""
    if permission is Permission.TRACKING_WRITE:
        return [OPERATOR_SCOPE]
    held = [(len(rights), name) for name, rights in KEY_SCOPES.items() if permission in rights]
    return [name for _size, name in sorted(held)]


def name_of(status: int) -> str:
    return problems.TITLES[status].title().replace(" ", "")


def add_house(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the components that every operation names. A hook of the generator."""
    components = result["components"]
    for name, shape in components["schemas"].items():
        if name.endswith("Request") and shape.get("type") == "object":
            shape["additionalProperties"] = False  # `security.shapes` refuses what no shape knows
    _make_one_pattern(components["schemas"])
    components["schemas"]["Problem"] = PROBLEM
    components["headers"] = LIMITS
    components["responses"] = {
        name_of(status): {
            "description": words,
            "headers": {**LIMITS_SENT, **({"Retry-After": RETRY_AFTER} if status in {429, 503} else {})},
            "content": {
                problems.MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": examples.problem_of(status),
                }
            },
        }
        for status, words in PROBLEMS.items()
    }
    result["tags"] = [{"name": name, "description": words} for name, words in TAGS.values()]
    return result


def _make_one_pattern(shape: Any) -> None:
    """Take a choice between a pattern that holds for "" and "" for the pattern: with both true, neither would hold."""
    if isinstance(shape, list):
        for one in shape:
            _make_one_pattern(one)
    elif isinstance(shape, dict):
        inner, *rest = shape.get("oneOf") or [{}]
        if rest == [{"type": "string", "maxLength": 0}] and "pattern" in inner and re.search(inner["pattern"], ""):
            del shape["oneOf"]
            shape.update(inner)
        for value in shape.values():
            _make_one_pattern(value)


PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "An error, as RFC 9457 has it.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "description": "Which kind of error: about:blank, or a name of ours."},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The request's id; tell it when you ask for help."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "Where in the body: a JSON pointer (RFC 6901)."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


@cache
def document() -> dict[str, Any]:
    """Return the whole schema; it changes only with the code, so it is made once a process."""
    with override("en"):
        made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made
