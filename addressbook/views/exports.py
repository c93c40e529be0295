"""Pages of exports: of whom and as what, how far it is, and the file; the list of what the reader exported."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts import kept_forms
from accounts.step_up import ask_for, ask_here, step_up
from addressbook import access
from addressbook.exports import selectors, services
from addressbook.exports.forms import ExportForm, Selection, selection_in
from addressbook.exports.models import Export
from addressbook.exports.words import failure_words, over_budget
from addressbook.imports.services import MOST_BYTES
from addressbook.models import AddressBook
from security.marks import requires
from security.pages import BadCursor
from security.permissions import Permission


@requires(Permission.CONTACT_EXPORT)
@require_http_methods(["GET", "HEAD", "POST"])
@step_up
def exports(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Have a file made of a book, and list what the reader exported of it before."""
    book = access.get_book(book_id, to=Permission.CONTACT_EXPORT)
    words = kept_forms.typed(request)
    form, selection = ExportForm(words), selection_in(words, book)
    if request.method == "POST" and form.is_valid():
        try:
            if selection.is_nobody:
                raise services.Empty
            run = services.begin(
                book=book, wishes=form.wishes(), now=timezone.now(), filters=selection.filters, chosen=selection.ids
            )
        except services.Empty:
            return _nobody(request, book)
        except services.OverBudget:
            form.add_error(None, over_budget())
        else:
            return redirect("addressbook:export", run.pk)
    return _page(request, book, form, selection)


@requires(Permission.CONTACT_EXPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def export_selected(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Ask as what the selected contacts are to be exported. Whoever had to show who they are comes back by a GET."""
    if (asked := ask_here(request)) is not None:
        return asked
    book = access.get_book(book_id, to=Permission.CONTACT_EXPORT)
    words = kept_forms.typed(request)
    if words is None:
        return redirect("addressbook:exports", book.pk)
    selection = selection_in(words, book)
    return _nobody(request, book) if selection.is_nobody else _page(request, book, ExportForm(), selection)


@requires(Permission.CONTACT_EXPORT)
@require_safe
def show(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Show how far an export is, and what to do next."""
    run = access.get_export(export_id)
    ends_at = run.finished_at + services.FILE_LASTS if run.finished_at else None
    context = {
        "run": run,
        "book": run.book,
        "failure": failure_words(run.failure),
        "is_there": services.is_there(run, now=timezone.now()),
        "ends_at": ends_at,
        "is_large": run.size > MOST_BYTES,
    }
    return render(request, "addressbook/export.html", context)


@requires(Permission.CONTACT_EXPORT)
@require_GET
def download(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Give the file out; whoever has to show who they are comes back to its page. No HEAD: it would count as given."""
    if (asked := ask_for(request, page=reverse("addressbook:export", args=[export_id]))) is not None:
        return asked
    run = access.get_export(export_id)
    try:
        made = services.take(run=run, now=timezone.now())
    except services.WrongState:
        return _too_late(request, run)
    response = HttpResponse(made.data, content_type=made.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return response


@requires(Permission.CONTACT_EXPORT)
@require_POST
def remove(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Remove the file before its time, or give up making it."""
    return _do(request, export_id, services.remove)


@requires(Permission.CONTACT_EXPORT)
@require_POST
@step_up
def go_on(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Let an export that stopped in the middle go on."""
    return _do(request, export_id, services.go_on)


def _do(request: HttpRequest, export_id: UUID, act: Callable[..., None]) -> HttpResponse:
    run = access.get_export(export_id, lock=True)
    try:
        act(run=run, now=timezone.now())
    except services.WrongState:
        return _too_late(request, run)
    return redirect("addressbook:export", run.pk)


def _too_late(request: HttpRequest, run: Export) -> HttpResponse:
    messages.error(request, _("This cannot be done any more. Here is how far the export is."))
    return redirect("addressbook:export", run.pk)


def _nobody(request: HttpRequest, book: AddressBook) -> HttpResponse:
    messages.error(request, _("Select at least one contact."))
    return redirect("addressbook:contacts", book.pk)


def _page(request: HttpRequest, book: AddressBook, form: ExportForm, selection: Selection) -> HttpResponse:
    try:
        page = selectors.page_of(book, cursor=request.GET.get("cursor", ""))
    except BadCursor:
        return redirect("addressbook:exports", book.pk)
    context = {
        "book": book,
        "form": form,
        "selection": selection,
        "count": services.count(book, filters=selection.filters, chosen=selection.ids),
        "page": page,
    }
    return render(request, "addressbook/exports.html", context)
