"""Pages of lists for programs: which one is asked for, and where its neighbours are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from security.pages import BadCursor, address_of


@contextmanager
def cursor_checked() -> Iterator[None]:
    """Say of a cursor that is none where to begin again."""
    try:
        yield
    except BadCursor as error:
        raise ValidationError({"cursor": [_("Start again from the first page.")]}) from error


def page_response(request: Request, page: Any, results: list[dict[str, Any]]) -> Response:
    """Answer with a page; `page` names its neighbours by the cursors `next` and `previous`."""
    neighbours = {"next": address_of(request, page.next), "previous": address_of(request, page.previous)}
    return Response({"results": results, **neighbours})
