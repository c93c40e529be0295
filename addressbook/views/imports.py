"""Pages of imports: a file is uploaded, its columns corrected, what will happen shown, done, and undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import kept_forms
from addressbook import access, room
from addressbook.imports import outlook, selectors, services, showing
from addressbook.imports.forms import CarryOutForm, ColumnsForm, UploadForm, too_large
from addressbook.imports.models import Import, State
from addressbook.imports.words import failure_words
from security.marks import requires
from security.pages import BadCursor
from security.permissions import Permission


@requires(Permission.CONTACT_CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Take a file for a book, and list what was imported before."""
    book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
    form = UploadForm(kept_forms.typed(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, country = form.cleaned_data["file"], form.cleaned_data["country"]
        try:
            run = services.upload(
                book=book,
                data=file.read(),
                file_name=file.name,
                now=timezone.now(),
                wishes=services.Wishes(country=country),
            )
        except services.TooLarge:
            form.add_error("file", too_large())
        except services.TooMany:
            form.add_error("file", _("Too many files were uploaded within an hour. Wait a little, and try again."))
        else:
            return redirect("addressbook:import", run.pk)
    try:
        page = selectors.page_of(book, cursor=request.GET.get("cursor", ""))
    except BadCursor:
        return redirect("addressbook:imports", book.pk)
    context = {"book": book, "form": form, "page": page, "profiles": selectors.profiles()}
    return render(request, "addressbook/imports.html", context)


@requires(Permission.CONTACT_CHANGE)
@require_safe
def show(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show how far an import is, and what to do next."""
    run = access.get_import(import_id)
    kept = kept_forms.typed_at(request, kept_forms.name_of("addressbook:import-columns", import_id=run.pk))
    return _page(request, run, form=ColumnsForm(kept, run=run))


@requires(Permission.CONTACT_CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Have the file read anew, with the columns as the person says; who signed in meanwhile comes back by a GET."""
    run = access.get_import(import_id, lock=request.method == "POST")
    if request.method != "POST":
        return redirect("addressbook:import", run.pk)
    form = ColumnsForm(request.POST, run=run)
    if not form.is_valid():
        return _page(request, run, form=form)
    wishes, now = form.wishes(), timezone.now()
    try:
        services.check_again(run=run, wishes=wishes, now=now)
    except services.WrongState:
        return _too_late(request, run)
    name = form.cleaned_data.get("remember")
    if name and (wishes.chosen is None or services.remember(run=run, name=name, now=now) is None):
        messages.warning(request, _("The columns could not be remembered under that name."))
    return redirect("addressbook:import", run.pk)


@requires(Permission.CONTACT_CHANGE)
@require_POST
def carry_out(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Write the good rows into the book."""
    run = access.get_import(import_id, lock=True)
    form = CarryOutForm(request.POST)
    if not form.is_valid():
        return _page(request, run, choice=form)
    try:
        services.carry_out(run=run, now=timezone.now(), **form.cleaned_data)
    except room.BookFull:
        messages.error(request, failure_words("book_full"))
    except services.WrongState:
        return _too_late(request, run)
    return redirect("addressbook:import", run.pk)


@requires(Permission.CONTACT_CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Say what an undo takes back, what it leaves and why; by a POST, take it back."""
    if request.method == "POST":
        return _do(request, import_id, services.undo)
    run = access.get_import(import_id)
    if not services.may_be_undone(run, now=timezone.now()):
        return _too_late(request, run)
    context = {"run": run, "book": run.book, "outlook": outlook.before_undo(run)}
    return render(request, "addressbook/undo_import.html", context)


@requires(Permission.CONTACT_CHANGE)
@require_POST
def give_up(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Drop an import that wrote nothing."""
    return _do(request, import_id, services.give_up)


@requires(Permission.CONTACT_CHANGE)
@require_POST
def go_on(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Let an import that stopped in the middle go on."""
    return _do(request, import_id, services.go_on)


@requires(Permission.CONTACT_CHANGE)
@require_safe
def left_out(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Give out the rows that stayed out, in the columns that they came in, with the reason."""
    run = access.get_import(import_id)
    response = HttpResponse(showing.left_out_file(run), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="left-out.csv"'
    return response


@requires(Permission.CONTACT_CHANGE)
@require_POST
def forget_profile(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """Remove remembered columns."""
    profile = access.get_import_profile(profile_id)
    book = access.get_book(request.POST.get("book", ""), to=Permission.CONTACT_CHANGE)
    services.forget_profile(profile=profile)
    messages.success(request, _("The columns are no longer remembered."))
    return redirect("addressbook:imports", book.pk)


def _do(request: HttpRequest, import_id: UUID, act: Callable[..., None]) -> HttpResponse:
    run = access.get_import(import_id, lock=True)
    try:
        act(run=run, now=timezone.now())
    except services.WrongState:
        return _too_late(request, run)
    return redirect("addressbook:import", run.pk)


def _too_late(request: HttpRequest, run: Import) -> HttpResponse:
    messages.error(request, _("This cannot be done any more. Here is how far the import is."))
    return redirect("addressbook:import", run.pk)


def _page(
    request: HttpRequest, run: Import, *, form: ColumnsForm | None = None, choice: CarryOutForm | None = None
) -> HttpResponse:
    is_done = run.state in {State.DONE, State.UNDONE}
    context: dict[str, Any] = {
        "run": run,
        "book": run.book,
        "failure": failure_words(run.failure, run.failure_at),
        "may_undo": services.may_be_undone(run, now=timezone.now()),
        "undo_days": services.UNDO_PERIOD.days,
        "total": run.rows if run.state != State.READING else 0,
        "left": outlook.after_undo(run),
    }
    if run.state == State.READY or is_done:
        only = "" if is_done else request.GET.get("only", "")
        context["only"] = only if only in showing.KINDS else ""
        start = request.GET.get("from", "")
        context["rows"] = showing.rows_to_look_at(run, start=start, bad_only=is_done, only=context["only"])
        context["stayed_out"] = run.bad + (run.skipped if is_done else 0)
    if run.state in {State.READY, State.FAILED}:
        context["form"] = form or ColumnsForm(run=run)
        context["choice"] = choice or CarryOutForm()
    return render(request, "addressbook/import.html", context)
