"""Imports for programs: the same doors and services as the pages.

A file travels in JSON, as base64: so an upload is checked, counted and kept from being done twice like any other body.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from hashlib import sha256
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from addressbook import access, columns, room
from addressbook.api_pages import cursor_checked, page_response
from addressbook.fields import Country, Seen
from addressbook.imports import matching, selectors, services, showing
from addressbook.imports.forms import too_large
from addressbook.imports.models import Duplicates, Import, NearDuplicates, State
from addressbook.imports.reading import MOST_COLUMNS, Kind
from addressbook.imports.reading.encodings import CHOICES
from addressbook.imports.reading.tables import DELIMITERS
from addressbook.imports.words import failure_words
from addressbook.serializers import PageQuerySerializer
from security import etags, strict
from security.marks import requires
from security.permissions import Permission
from security.problems import Conflict
from security.shapes import asks, checked, require_nothing

MOST_ERRORS = 100  # in one answer; all of them stand in the file of failed rows
COLUMN_CHOICES = [(column.name, column.english) for column in columns.TARGETS]
_DELIMITER_NAMES = {name: sign for sign, name in DELIMITERS.items()}


class HowToRead(serializers.Serializer[Any]):
    """How a file is to be read; what is not said is found out."""

    columns = serializers.ListField(
        child=serializers.ChoiceField(choices=COLUMN_CHOICES, allow_blank=True),
        max_length=MOST_COLUMNS,
        required=False,
        help_text="For each column of the file what it is of a contact; an empty one is left out.",
    )
    country = Country(required=False, help_text="Of rows that name none: Hong Kong unless given.")
    encoding = serializers.ChoiceField(choices=list(CHOICES), required=False)
    delimiter = serializers.ChoiceField(choices=list(_DELIMITER_NAMES), required=False)
    has_headings = strict.Flag(required=False, help_text="Whether the first row holds headings.")


class UploadSerializer(HowToRead):
    """A file of contacts: CSV, XLSX or vCard; its first bytes decide which."""

    file = strict.Text(trim_whitespace=False, max_length=services.MOST_BYTES * 4 // 3 + 4, help_text="In base64.")
    file_name = Seen(max_length=services.MAX_NAME, required=False, allow_blank=True)


class CommitSerializer(serializers.Serializer[Any]):
    duplicates = serializers.ChoiceField(
        choices=Duplicates.choices, help_text="What happens to rows whose contact is there already."
    )
    possible_duplicates = serializers.ChoiceField(
        choices=NearDuplicates.choices,
        default=NearDuplicates.ADD,
        help_text="What happens to rows that may be a contact that is there, and are no exact duplicates.",
    )


class ColumnSerializer(serializers.Serializer[Any]):
    heading = serializers.CharField(allow_blank=True)
    column = serializers.ChoiceField(choices=COLUMN_CHOICES, allow_blank=True)


class RowErrorSerializer(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    field = serializers.CharField(allow_blank=True, help_text="The column; empty where it is the row as a whole.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ImportSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    address_book = serializers.UUIDField()
    state = serializers.ChoiceField(choices=State.choices)
    file_name = serializers.CharField(allow_blank=True)
    file_kind = serializers.ChoiceField(choices=Kind.choices, allow_blank=True)
    problem = serializers.CharField(allow_blank=True, help_text="Why the file cannot be read, or the work stopped.")
    rows = serializers.IntegerField()
    rows_done = serializers.IntegerField(help_text="How far the present work is.")
    valid = serializers.IntegerField(help_text="Rows that can be imported.")
    invalid = serializers.IntegerField()
    duplicates = serializers.IntegerField(help_text="Valid rows whose contact is there already, or further up.")
    possible_duplicates = serializers.IntegerField(
        help_text="Further valid rows that may be a contact of the book, or one further up: see the page of the import."
    )
    added = serializers.IntegerField()
    updated = serializers.IntegerField()
    skipped = serializers.IntegerField(help_text="Rows that stayed out as duplicates, or as possible ones.")
    undone = serializers.IntegerField()
    kept = serializers.IntegerField(help_text="Contacts that an undo left alone: they were changed since.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ImportDetailSerializer(ImportSerializer):
    columns = ColumnSerializer(many=True)
    failed_rows_url = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; `errors` cannot be an attribute, since a serializer has errors of its own."""
        help_text = f"Of the first {MOST_ERRORS} rows that have any."
        return {**super().get_fields(), "errors": RowErrorSerializer(many=True, help_text=help_text)}


class ImportListSerializer(serializers.Serializer[Any]):
    results = ImportSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ImportsView(APIView):
    @extend_schema(responses=ImportListSerializer)
    @asks(PageQuerySerializer)
    @requires(Permission.CONTACT_CHANGE)
    def get(self, request: Request, book_id: str) -> Response:
        """List the imports into an address book, the latest first."""
        book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
        query = checked(PageQuerySerializer, request.query_params)
        with cursor_checked():
            page = selectors.page_of(book, cursor=query["cursor"], size=query["page_size"])
        return page_response(request, page, [_as_json(run) for run in page.rows])

    @extend_schema(request=UploadSerializer, responses={201: ImportDetailSerializer})
    @requires(Permission.CONTACT_CHANGE)
    def post(self, request: Request, book_id: str) -> Response:
        """Upload a file. It is read in the background; nothing is written before `commit`."""
        book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
        sent = checked(UploadSerializer, request.data)
        wishes, data = _wishes(sent), _file(sent["file"])
        try:
            run = services.upload(
                book=book, data=data, file_name=sent.get("file_name", ""), now=timezone.now(), wishes=wishes
            )
        except services.TooLarge as error:
            raise ValidationError({"file": [too_large()]}) from error
        except services.TooMany as error:
            raise Conflict(_("Too many files were uploaded within an hour. Wait a little, and try again.")) from error
        response = _response(request, run, status.HTTP_201_CREATED)
        response.headers["Location"] = reverse("api-import", args=[run.pk])
        return response


class ImportView(APIView):
    @extend_schema(responses=ImportDetailSerializer)
    @requires(Permission.CONTACT_CHANGE)
    def get(self, request: Request, import_id: str) -> Response:
        """Return how far an import is, what its columns are, and what is wrong with its rows."""
        return _response(request, access.get_import(import_id))

    @extend_schema(request=HowToRead, responses=ImportDetailSerializer)
    @requires(Permission.CONTACT_CHANGE)
    def patch(self, request: Request, import_id: str) -> Response:
        """Have the file read anew, as you say; what is not sent is found out again."""
        run = access.get_import(import_id, lock=True)
        etags.require(request, version=_version(run))
        wishes = _wishes(checked(HowToRead, request.data))
        try:
            services.check_again(run=run, wishes=wishes, now=timezone.now())
        except services.WrongState as error:
            raise Conflict(_wrong_state()) from error
        return _response(request, run)


class ImportCommitView(APIView):
    @extend_schema(operation_id="imports_commit", request=CommitSerializer, responses=ImportDetailSerializer)
    @requires(Permission.CONTACT_CHANGE)
    def post(self, request: Request, import_id: str) -> Response:
        """Write the valid rows into the address book, in the background. Invalid ones stay out."""
        run = access.get_import(import_id, lock=True)
        sent = checked(CommitSerializer, request.data)
        wished = {"duplicates": sent["duplicates"], "near_duplicates": sent["possible_duplicates"]}
        try:
            services.carry_out(run=run, now=timezone.now(), **wished)
        except room.BookFull as error:
            raise Conflict(failure_words("book_full")) from error
        except services.WrongState as error:
            raise Conflict(_wrong_state()) from error
        return _response(request, run)


class ImportUndoView(APIView):
    @extend_schema(operation_id="imports_undo", request=None, responses=ImportDetailSerializer)
    @requires(Permission.CONTACT_CHANGE)
    def post(self, request: Request, import_id: str) -> Response:
        """Take an import back, in the background; one that is under way is stopped by it."""
        run = access.get_import(import_id, lock=True)
        require_nothing(request.data)
        try:
            services.undo(run=run, now=timezone.now())
        except services.WrongState as error:
            raise Conflict(_wrong_state()) from error
        return _response(request, run)


class FailedRowsView(APIView):
    @extend_schema(
        operation_id="imports_failed_rows", responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY)}
    )
    @requires(Permission.CONTACT_CHANGE)
    def get(self, request: Request, import_id: str) -> HttpResponse:
        """Return the rows that stay out as CSV: the columns that they came in, and the reason."""
        made = showing.left_out_file(access.get_import(import_id))
        return HttpResponse(made, content_type="text/csv; charset=utf-8")


def _file(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise ValidationError({"file": [_("Send the file in base64.")]}) from error


def _wishes(sent: dict[str, Any]) -> services.Wishes:
    chosen = sent.get("columns")
    if chosen is not None and matching.repeated(chosen):
        raise ValidationError({"columns": [_("Two columns cannot be the same. Leave one out.")]})
    return services.Wishes(
        chosen=chosen,
        country=sent.get("country", services.Wishes.country),
        encoding=sent.get("encoding", ""),
        delimiter=_DELIMITER_NAMES.get(sent.get("delimiter", ""), ""),
        has_headings=sent.get("has_headings"),
    )


def _wrong_state() -> str:
    return _("The import is not at the point where this can be done.")


def _version(run: Import) -> str:
    how = [run.chosen, run.country, run.encoding, run.delimiter, run.has_headings, run.duplicates, run.wanted]
    how.append(run.near_duplicates)
    read = sha256(repr(how).encode()).hexdigest()[:8]
    return f"{run.state}-{run.done}-{run.good}-{run.attempts}-{run.returned}-{read}"


def _response(request: Request, run: Import, code: int = status.HTTP_200_OK) -> Response:
    is_shown = run.state in {State.READY, State.DONE, State.UNDONE}
    rows = showing.rows_to_look_at(run, most=MOST_ERRORS, bad_only=True).rows if is_shown else []
    errors = [
        {"row": row.number, "field": said.column, "code": said.code, "detail": said.words}
        for row in rows
        for said in row.errors
    ]
    headings = [*run.headings, *[""] * (len(run.chosen) - len(run.headings))]
    stayed_out = is_shown and bool(run.bad or run.skipped)
    answer = {
        **_as_json(run),
        "columns": [{"heading": heading, "column": name} for heading, name in zip(headings, run.chosen, strict=False)],
        "errors": errors,
        "failed_rows_url": reverse("api-import-failed-rows", args=[run.pk]) if stayed_out else None,
    }
    return etags.answer(request, answer, version=_version(run), code=code)


def _as_json(run: Import) -> dict[str, Any]:
    return {
        "id": run.pk,
        "address_book": run.book_id,
        "state": run.state,
        "file_name": run.file_name,
        "file_kind": run.kind,
        "problem": failure_words(run.failure, run.failure_at),
        "rows": run.rows,
        "rows_done": run.done,
        "valid": run.good,
        "invalid": run.bad,
        "duplicates": run.doubles,
        "possible_duplicates": run.near,
        "added": run.added,
        "updated": run.updated,
        "skipped": run.skipped,
        "undone": run.returned,
        "kept": run.left,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
    }
