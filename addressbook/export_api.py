"""Exports for programs: the same doors and services as the pages.

A key needs the scope `contacts:export`; a browser's session must have shown lately who it is.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import step_up
from addressbook import access
from addressbook.api_pages import cursor_checked, page_response
from addressbook.details import LENGTHS
from addressbook.exports import selectors, services
from addressbook.exports.models import Export, Kind, State
from addressbook.exports.words import failure_words, over_budget
from addressbook.exports.writing import FORMATS
from addressbook.fields import Country, Seen
from addressbook.selectors import Filters
from addressbook.serializers import PageQuerySerializer
from security import etags, strict
from security.marks import requires
from security.permissions import Permission
from security.problems import STEP_UP, Conflict, problem_response
from security.refusals import NotFound
from security.shapes import asks, checked

_FILTERS = {"q": "query", "tag": "tag", "country": "country", "use": "use", "favourite": "favourites"}
_FILE = {(200, form.media_type.partition(";")[0]): OpenApiResponse(OpenApiTypes.BINARY) for form in FORMATS.values()}


class WantedSerializer(serializers.Serializer[Any]):
    """Of whom a file is to be, and which. Without `contacts` and filters: of the whole address book."""

    file_kind = serializers.ChoiceField(choices=Kind.choices)
    byte_order_mark = strict.Flag(default=False, help_text="Of CSV: begin with the mark by which Excel knows UTF-8.")
    language = serializers.ChoiceField(
        choices=settings.LANGUAGES, required=False, help_text="Of the headings: that of the request unless given."
    )
    contacts = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=services.MOST_CHOSEN, required=False
    )
    q = Seen(max_length=100, required=False, allow_blank=True, help_text="As in a search.")
    tag = Seen(max_length=LENGTHS["tags"], required=False, allow_blank=True)
    country = Country(required=False, allow_blank=True)
    use = serializers.ChoiceField(choices=["sender", "recipient"], required=False)
    favourite = strict.Flag(default=False, help_text="Only what one has starred.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "contacts" in attrs and any(attrs.get(name) for name in _FILTERS):
            raise serializers.ValidationError({"contacts": [_("Send either contacts or filters.")]})
        return attrs


class ExportSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    address_book = serializers.UUIDField()
    state = serializers.ChoiceField(choices=State.choices)
    file_kind = serializers.ChoiceField(choices=Kind.choices)
    problem = serializers.CharField(allow_blank=True, help_text="Why there is no file, or the work stopped.")
    contacts = serializers.IntegerField(help_text="How many were asked for.")
    contacts_done = serializers.IntegerField(help_text="How far the work is.")
    left_out = serializers.IntegerField(help_text="Contacts that were deleted meanwhile, or cannot be read.")
    size = serializers.IntegerField(help_text="Of the file, in bytes.")
    file_url = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True, help_text="When the file is removed.")


class ExportListSerializer(serializers.Serializer[Any]):
    results = ExportSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ExportsView(APIView):
    @extend_schema(responses=ExportListSerializer)
    @asks(PageQuerySerializer)
    @requires(Permission.CONTACT_EXPORT)
    def get(self, request: Request, book_id: str) -> Response:
        """List your exports of an address book, the latest first."""
        book = access.get_book(book_id, to=Permission.CONTACT_EXPORT)
        query = checked(PageQuerySerializer, request.query_params)
        with cursor_checked():
            page = selectors.page_of(book, cursor=query["cursor"], size=query["page_size"])
        return page_response(request, page, [_as_json(run) for run in page.rows])

    @extend_schema(request=WantedSerializer, responses={201: ExportSerializer})
    @requires(Permission.CONTACT_EXPORT)
    def post(self, request: Request, book_id: str) -> Response | HttpResponse:
        """Have a file made, in the background. The owners of the account are told by mail.

        Where the same is still being made for you, that export is returned.
        """
        book = access.get_book(book_id, to=Permission.CONTACT_EXPORT)
        sent = checked(WantedSerializer, request.data)
        if (refused := _stale(request._request)) is not None:
            return refused
        chosen = sent.get("contacts", [])
        if chosen and services.count(book, chosen=chosen) != len(set(chosen)):
            raise ValidationError({"contacts": [_("Name contacts of this address book alone.")]})
        narrowed: dict[str, Any] = {ours: sent[theirs] for theirs, ours in _FILTERS.items() if sent.get(theirs)}
        filters = Filters(**narrowed)
        try:
            run = services.begin(book=book, wishes=_wishes(sent), now=timezone.now(), filters=filters, chosen=chosen)
        except services.Empty as error:
            raise Conflict(_("There is no contact to export.")) from error
        except services.OverBudget as error:
            raise Conflict(over_budget()) from error
        response = _response(request, run, status.HTTP_201_CREATED)
        response.headers["Location"] = reverse("api-export", args=[run.pk])
        return response


class ExportView(APIView):
    @extend_schema(responses=ExportSerializer)
    @requires(Permission.CONTACT_EXPORT)
    def get(self, request: Request, export_id: str) -> Response:
        """Return how far an export of yours is."""
        return _response(request, access.get_export(export_id))

    @extend_schema(responses={204: None})
    @requires(Permission.CONTACT_EXPORT)
    def delete(self, request: Request, export_id: str) -> Response:
        """Remove the file of an export before its time, or give up making it."""
        run = access.get_export(export_id, lock=True)
        etags.require(request, version=_version(run))
        try:
            services.remove(run=run, now=timezone.now())
        except services.WrongState as error:
            raise NotFound from error
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExportFileView(APIView):
    http_method_names = ("get", "options")  # no HEAD, which would be noted as everybody in the file given out

    @extend_schema(operation_id="exports_file", responses=_FILE)
    @requires(Permission.CONTACT_EXPORT)
    def get(self, request: Request, export_id: str) -> HttpResponse:
        """Return the file of an export of yours, for a day after it was made."""
        run = access.get_export(export_id)
        if (refused := _stale(request._request)) is not None:
            return refused
        if run.state == State.MAKING:
            raise Conflict(failure_words(run.failure) or _("The file is not ready yet."))
        try:
            made = services.take(run=run, now=timezone.now())
        except services.WrongState as error:
            raise NotFound from error
        return HttpResponse(made.data, content_type=made.media_type)


def _stale(request: HttpRequest) -> HttpResponse | None:
    """Refuse a browser's session that has not shown lately who it is; a key shows that with each request."""
    if getattr(request, "api_key", None) is not None or step_up.is_fresh(request):
        return None
    return problem_response(request, 403, kind=STEP_UP, detail=_("Sign in on the site and show who you are."))


def _wishes(sent: dict[str, Any]) -> services.Wishes:
    language = sent.get("language") or get_language() or "en"
    return services.Wishes(sent["file_kind"], has_mark=sent["byte_order_mark"], language=language)


def _version(run: Export) -> str:
    return f"{run.state}-{run.done}-{run.attempts}-{run.failure}"


def _response(request: Request, run: Export, code: int = status.HTTP_200_OK) -> Response:
    return etags.answer(request, _as_json(run), version=_version(run), code=code)


def _as_json(run: Export) -> dict[str, Any]:
    is_there = services.is_there(run, now=timezone.now())
    return {
        "id": run.pk,
        "address_book": run.book_id,
        "state": run.state,
        "file_kind": run.kind,
        "problem": failure_words(run.failure),
        "contacts": run.rows,
        "contacts_done": run.done,
        "left_out": run.left,
        "size": run.size if run.finished_at else 0,
        "file_url": reverse("api-export-file", args=[run.pk]) if is_there else None,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
        "expires_at": run.finished_at + services.FILE_LASTS if is_there and run.finished_at else None,
    }
