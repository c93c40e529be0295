"""Pages that act on many contacts of a book at once, and the bin."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.step_up import step_up
from addressbook import access, many, room, selectors, services
from addressbook.details import MAX_TAGS
from addressbook.forms import SearchForm
from addressbook.models import AddressBook, Contact
from security.marks import requires
from security.permissions import Permission

NAMED = 5  # contacts that were left out which the page names
Act = Callable[[AddressBook, list[Contact]], many.Done | None]


@requires(Permission.CONTACT_CHANGE)
@require_POST
@step_up
def delete_selected(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Put the selected contacts into the bin; many at once ask again who one is."""
    return _act(request, book_id, lambda book, found: many.delete(book=book, contacts=found, now=timezone.now()))


@requires(Permission.CONTACT_CHANGE)
@require_POST
def tag_selected(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Put a tag on the selected contacts, or take it off."""

    def act(book: AddressBook, found: list[Contact]) -> many.Done | None:
        word, is_on = request.POST.get("word", ""), request.POST.get("tagging") != "off"
        try:
            return many.tag(book=book, contacts=found, word=word, now=timezone.now(), on=is_on)
        except many.InvalidTag as error:
            messages.error(request, str(error))
            return None

    return _act(request, book_id, act)


@requires(Permission.CONTACT_CHANGE)
@require_POST
def move_selected(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Put the selected contacts into another book, where others may see them."""
    to = access.get_book(request.POST.get("to", ""), to=Permission.CONTACT_CHANGE)

    def act(book: AddressBook, found: list[Contact]) -> many.Done:
        return many.move(book=book, contacts=found, to=to, now=timezone.now())

    return _act(request, book_id, act, to=to)


@requires(Permission.CONTACT_CHANGE)
@require_POST
def copy_selected(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Put copies of the selected contacts into another book."""
    to = access.get_book(request.POST.get("to", ""), to=Permission.CONTACT_CHANGE)

    def act(book: AddressBook, found: list[Contact]) -> many.Done:
        return many.copy(book=book, contacts=found, to=to, now=timezone.now())

    return _act(request, book_id, act, to=to)


@requires(Permission.CONTACT_CHANGE)
@require_POST
def undo_selected(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Undo what was just done to many contacts of a book."""
    book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
    try:
        undone = many.undo(request.POST.get("key", ""), book=book, now=timezone.now())
    except room.BookFull as error:
        messages.error(request, str(error))
        return redirect("addressbook:contacts", book.pk)
    if undone is None:
        messages.error(request, _("This cannot be undone any more."))
        return redirect("addressbook:contacts", book.pk)
    if undone.back:
        messages.success(request, _undone(undone.back))
    if undone.left:
        messages.warning(request, _left(undone.left))
    return redirect("addressbook:contacts", book.pk)


@requires(Permission.CONTACT_CHANGE)
@require_safe
def bin_of_book(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """List what was deleted from a book and can come back."""
    book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
    try:
        page = selectors.bin_of(book, cursor=request.GET.get("cursor", ""))
    except selectors.BadCursor:
        return redirect("addressbook:bin", book.pk)
    context = {"book": book, "page": page, "days": services.UNDO_PERIOD.days}
    context["most"] = number_format(many.MOST, force_grouping=True)
    return render(request, "addressbook/bin.html", context)


@requires(Permission.CONTACT_CHANGE)
@require_POST
def restore_selected(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Take the selected contacts out of the bin, or, at most so many at once, all of them."""
    book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
    ids = request.POST.getlist("contact")
    if request.POST.get("which") == "all":
        ids = [str(pk) for pk in selectors.deleted_ids(book, most=many.MOST)]
    found = access.get_contacts(book, ids[: many.MOST], deleted=True)
    if not found:
        messages.error(request, _("Select at least one contact."))
        return redirect("addressbook:bin", book.pk)
    try:
        many.restore(book=book, contacts=found)
    except room.BookFull as error:
        messages.error(request, str(error))
        return redirect("addressbook:bin", book.pk)
    messages.success(
        request,
        ngettext("%(count)d contact is back.", "%(count)d contacts are back.", len(found)) % {"count": len(found)},
    )
    return redirect("addressbook:contacts", book.pk)


def _act(request: HttpRequest, book_id: UUID, act: Act, *, to: AddressBook | None = None) -> HttpResponse:
    book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
    found = access.get_contacts(book, _selected(request, book), deleted=False, to=to)
    if not found:
        messages.error(request, _("Select at least one contact."))
        return redirect("addressbook:contacts", book.pk)
    try:
        done = act(book, found)
    except room.BookFull as error:
        messages.error(request, str(error))
        done = None
    if done is None:
        return redirect("addressbook:contacts", book.pk)
    context = {
        "book": book,
        "done": done,
        "said": _said(done),
        "full": [contact.display_name for contact in done.full[:NAMED]],
        "further": max(0, len(done.full) - NAMED),
        "most_tags": MAX_TAGS,
    }
    return render(request, "addressbook/done.html", context)


def _selected(request: HttpRequest, book: AddressBook) -> list[str]:
    """Return the ids that were ticked, or those of all contacts that the list is narrowed to."""
    if request.POST.get("which") != "all":
        return request.POST.getlist("contact")[: many.MOST]
    form = SearchForm(request.POST, present=selectors.overview(book).countries)
    return [str(pk) for pk in selectors.ids_of(book, form.filters(), most=many.MOST)] if form.is_valid() else []


def _said(done: many.Done) -> str:
    count = len(done.ids)
    sentences = {
        many.What.DELETED: ngettext(
            "%(count)d contact has been deleted.", "%(count)d contacts have been deleted.", count
        ),
        many.What.MOVED: ngettext("%(count)d contact has been moved.", "%(count)d contacts have been moved.", count),
        many.What.COPIED: ngettext("%(count)d contact has been copied.", "%(count)d contacts have been copied.", count),
        many.What.TAGGED: ngettext("%(count)d contact has been tagged.", "%(count)d contacts have been tagged.", count),
        many.What.UNTAGGED: ngettext(
            "The tag has been taken off %(count)d contact.", "The tag has been taken off %(count)d contacts.", count
        ),
    }
    return sentences[done.what] % {"count": count}


def _undone(count: int) -> str:
    return ngettext("%(count)d contact is as it was before.", "%(count)d contacts are as they were before.", count) % {
        "count": count
    }


def _left(count: int) -> str:
    return ngettext(
        "%(count)d contact was changed or deleted since, and stays as it is.",
        "%(count)d contacts were changed or deleted since, and stay as they are.",
        count,
    ) % {"count": count}
