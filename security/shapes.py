"""Checking bodies and questions against serializers that are made once.

What no shape knows is refused and pointed at, in every operation: a misspelt field would be lost without a word. What
an answer has and nobody may set (`read_only`) is no mistake: a program reads, changes one thing and sends all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.serializers import ListField, ListSerializer, Serializer

from security.problems import InvalidBody, errors_of, pointed

if TYPE_CHECKING:  # DRF's views import this module
    from rest_framework.request import Request
    from rest_framework.views import APIView

F = TypeVar("F", bound=Callable[..., Any])
UNKNOWN = "unknown"
MOST_TOLD, LONGEST_NAME = 20, 100  # unknown fields in one answer; a longer name is not said after whoever sent it
Error = tuple[str, str, str]  # pointer, code, a sentence for people


def checked(shape: type[Serializer[Any]], data: Any, *, partial: bool = False) -> dict[str, Any]:
    """Return what was sent as the shape understands it. Raises InvalidBody and ValidationError with every problem.

    Making a serializer copies each of its fields, which costs more than the check. Fields keep nothing of what they
    check, so one serves all requests and threads. A query is read like a body: what is sent empty is empty, where DRF
    would take it for a form's field that nobody filled in.
    """
    if isinstance(data, QueryDict):
        data = data.dict()
    made = _made(shape, partial)
    unknown = list(islice(_unknown(made, data, ""), MOST_TOLD))
    try:
        values: dict[str, Any] = made.run_validation(data)
    except ValidationError as error:
        if unknown:
            raise InvalidBody([*errors_of(error), *unknown]) from error
        raise
    if unknown:
        raise InvalidBody(unknown)
    return values


def require_nothing(data: Any) -> None:
    """Raise InvalidBody for a body where an operation takes none."""
    checked(Serializer, data or {})


@cache
def _made(shape: type[Serializer[Any]], partial: bool) -> Serializer[Any]:
    return shape(partial=partial)


def _unknown(field: Any, data: Any, at: str) -> Iterator[Error]:
    """Yield the fields of a body, at any depth, which the shape has not."""
    if isinstance(field, Serializer) and isinstance(data, Mapping):
        for name, value in data.items():
            inner = field.fields.get(name)
            if inner is None:
                yield unknown(name, field.fields, at=at)
            elif not inner.read_only:
                yield from _unknown(inner, value, f"{at}/{pointed(name)}")
    elif isinstance(field, ListField | ListSerializer) and isinstance(data, list) and _has_names(field.child):
        for index, item in enumerate(data):
            yield from _unknown(field.child, item, f"{at}/{index}")


def _has_names(field: Any) -> bool:
    return isinstance(field, Serializer | ListField | ListSerializer)


def unknown(name: str, known: Iterable[str], *, at: str = "") -> Error:
    """Return the error of a name that there is not, with the one that was perhaps meant."""
    if len(name) > LONGEST_NAME:
        return at, UNKNOWN, _("There is no field with such a name.")
    near = get_close_matches(name, list(known), n=1)
    words = _("There is no such field. Did you mean “%(name)s”?") % {"name": near[0]} if near else ""
    return f"{at}/{pointed(name)}", UNKNOWN, words or _("There is no such field.")


# Questions ----------------------------------------------------------------------------------------------------------


def asks(*known: type[Serializer[Any]] | str) -> Callable[[F], F]:
    """Say which parameters of the address an operation understands: a shape, or names. None are said: it has none."""

    def decorate(handler: F) -> F:
        handler.asks = known  # type: ignore[attr-defined]
        return handler

    return decorate


def names_of(known: tuple[type[Serializer[Any]] | str, ...]) -> set[str]:
    found: set[str] = set()
    for one in known:
        found |= {one} if isinstance(one, str) else set(_made(one, False).fields)
    return found


class KnownQuery(BasePermission):
    """Refuses parameters that an operation does not understand, or that are sent twice, before it does anything.

    It stands in the settings. Where there is no such method there is nothing to understand: that is said instead.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        handler = getattr(view, str(request.method).lower(), None)
        if request.query_params and handler is not None:
            known = names_of(getattr(handler, "asks", ()))
            sent = [(name, len(values)) for name, values in request.query_params.lists()]
            wrong = [unknown(name, known) for name, _times in sent if name not in known]
            wrong += [
                (f"/{name}", "repeated", _("Send this once.")) for name, times in sent if name in known and times > 1
            ]
            if wrong:
                raise InvalidBody(wrong[:MOST_TOLD])
        return True
