"""ETag, If-None-Match and If-Match of single objects.

A tag is strong: `"version.content"`. The version names the state of the row and is what a change must match; the
content is a hash of what is answered, which also differs by language and by what the reader may do.
"""

from __future__ import annotations

import re
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from security import wire
from security.problems import PreconditionFailed

SAFE = {"GET", "HEAD"}
_TAG = re.compile(r'(W/)?"([^"]*)"')


def version_of(moment: datetime) -> str:
    """Return a row's version from the moment of its last change, to the microsecond."""
    return format(round(moment.timestamp() * 1_000_000), "x")


def answer(request: Request, data: Any, *, version: str | int, code: int = 200) -> Response:
    """Answer with one object and its tag; 304 where the reader has it already."""
    tag = f"{version}.{sha256(wire.dumps(data)).hexdigest()[:16]}"
    headers = {"ETag": f'"{tag}"'}
    known = request.headers.get("If-None-Match", "").strip()
    if request.method in SAFE and (known == "*" or tag in {found for _weak, found in _TAG.findall(known)}):
        return Response(status=304, headers=headers)
    return Response(data, status=code, headers=headers)


def require(request: Request, *, version: str | int) -> None:
    """Raise PreconditionFailed where the caller said what they had read, and it has changed since.

    Call with the row locked, so that nobody changes it in between.
    """
    wanted = request.headers.get("If-Match", "").strip()
    if not wanted or wanted == "*":
        return
    read = {found.partition(".")[0] for weak, found in _TAG.findall(wanted) if not weak}
    if str(version) not in read:
        raise PreconditionFailed(_("This has changed since you read it. Read it again."))
