"""The API's schema, and the page that explains it. Both are public: they tell of code, not of people."""

from __future__ import annotations

from functools import cache

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from ecship.api import outline, receiving, schema, walkthrough
from security.marks import public


@public
@csrf_exempt  # nothing is changed: whoever posts learns that there is no such method, with or without a token
@require_safe
def schema_file(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document, as JSON."""
    return HttpResponse(_schema_bytes(), content_type="application/json")


@public
@csrf_exempt  # nothing is changed: whoever posts learns that there is no such method, with or without a token
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation with its fields, examples and answers, and a first shipment in five commands."""
    return render(
        request,
        "pages/api_docs.html",
        {
            "sections": outline.sections(),
            "steps": walkthrough.STEPS,
            "message": receiving.MESSAGE,
            "verify": receiving.VERIFY,
            "base": request.build_absolute_uri("/api/v1"),
            "schema_address": reverse("api-schema"),
        },
    )


@cache
def _schema_bytes() -> bytes:
    return orjson.dumps(schema.document(), option=orjson.OPT_INDENT_2)
