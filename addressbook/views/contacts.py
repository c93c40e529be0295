"""Pages of address books: ask, call one service, render."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts import access as people
from accounts import kept_forms
from accounts.step_up import step_up
from accounts.teams.models import Team
from addressbook import (
    access,
    acts,
    addresses,
    favourites,
    many,
    room,
    selectors,
    services,
    sharing,
    team_sharing,
)
from addressbook.alike.reasons import Reason
from addressbook.duplicates import entering
from addressbook.forms import (
    CHANGE_COUNTRY,
    LAYOUT,
    BookForm,
    ContactForm,
    SearchForm,
    ShareForm,
    TeamShareForm,
    initial_of,
    typed,
)
from addressbook.models import AddressBook, AddressBookUserPermission, Contact, Level, TeamShare
from addressbook.pasting import PASTE, Pasting, fill, pasting_of, say_doubts
from security import trail
from security.marks import requires
from security.permissions import Permission
from security.refusals import Forbidden, NotFound

MOST_TAGS = 30  # that have a button of their own, those used most; the rest are in a list
form_page = require_http_methods(["GET", "HEAD", "POST"])


# Books ----------------------------------------------------------------


@requires(Permission.CONTACT_VIEW)
@require_safe
def books(request: HttpRequest) -> HttpResponse:
    """List the books that the reader may open."""
    return render(request, "addressbook/books.html", {"books": selectors.books_with_counts()})


@requires(Permission.CONTACT_CHANGE)
@require_safe
def who(request: HttpRequest) -> HttpResponse:
    """Say who can open the books that the reader manages, how far, and why."""
    seen = sharing.who_sees(now=timezone.now())
    if seen:
        trail.record(action=trail.Action.LIST, kind="address_book", ids=[one.book.pk for one in seen])
    return render(request, "addressbook/who.html", {"seen": seen})


@requires(Permission.BOOK_MANAGE)
@form_page
def add_book(request: HttpRequest) -> HttpResponse:
    form = BookForm(kept_forms.typed(request))
    if request.method == "POST" and form.is_valid():
        try:
            book = services.create_book(now=timezone.now(), **form.cleaned_data)
        except services.InvalidBook as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("The address book has been added."))
            return redirect("addressbook:contacts", book.pk)
    return render(request, "addressbook/book_form.html", {"form": form, "book": None})


@requires(Permission.CONTACT_CHANGE)
@form_page
def book_settings(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Rename a book, say who may open it. A clerk may do so where a grant makes them the book's keeper."""
    book = access.get_book(book_id, to=Permission.BOOK_MANAGE)
    form = BookForm(kept_forms.typed(request), initial={"name": book.name, "access": book.access})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_book(book=book, **form.cleaned_data)
        except services.InvalidBook as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("The address book has been changed."))
            return redirect("addressbook:book-settings", book.pk)
    return _settings_page(request, book, form=form)


@requires(Permission.CONTACT_CHANGE)
@require_POST
def share(request: HttpRequest, book_id: UUID) -> HttpResponse:
    book = access.get_book(book_id, to=Permission.BOOK_MANAGE)
    form = ShareForm(request.POST)
    if form.is_valid():
        try:
            services.share_book(book=book, **form.cleaned_data)
        except services.UnknownMember:
            form.add_error("email", _("No member of this account has that e-mail address."))
        else:
            messages.success(request, _("The book is now shared with that member."))
            return redirect("addressbook:book-settings", book.pk)
    return _settings_page(request, book, share_form=form)


@requires(Permission.CONTACT_CHANGE)
@require_POST
def unshare(request: HttpRequest, book_id: UUID, user_id: UUID) -> HttpResponse:
    book = access.get_book(book_id, to=Permission.BOOK_MANAGE)
    services.unshare_book(book=book, user_id=user_id)
    messages.success(request, _("The member can no longer open the book by that grant."))
    return redirect("addressbook:book-settings", book.pk)


@requires(Permission.CONTACT_CHANGE)
@require_POST
def share_with_team(request: HttpRequest, book_id: UUID) -> HttpResponse:
    book = access.get_book(book_id, to=Permission.BOOK_MANAGE)
    form = TeamShareForm(request.POST, teams=_teams())
    if form.is_valid():
        team_id, level = form.cleaned_data["team"], form.cleaned_data["level"]
        try:
            team_sharing.share_with_team(book=book, team_id=team_id, level=level, now=timezone.now())
        except team_sharing.UnknownTeam:  # dissolved a moment ago
            form.add_error("team", _("Choose a team of this account."))
        else:
            messages.success(request, _("The book is now shared with that team."))
            return redirect("addressbook:book-settings", book.pk)
    return _settings_page(request, book, team_form=form)


@requires(Permission.CONTACT_CHANGE)
@require_POST
def unshare_with_team(request: HttpRequest, book_id: UUID, team_id: UUID) -> HttpResponse:
    book = access.get_book(book_id, to=Permission.BOOK_MANAGE)
    share = TeamShare.objects.filter(book=book, team=people.get_team(team_id)).first()
    if share is not None:
        team_sharing.unshare_with_team(share=share)
    messages.success(request, _("The team can no longer open the book."))
    return redirect("addressbook:book-settings", book.pk)


def _teams() -> list[Team]:
    return sorted(Team.objects.all(), key=lambda team: team.name.casefold())


def _settings_page(
    request: HttpRequest,
    book: AddressBook,
    *,
    form: BookForm | None = None,
    share_form: ShareForm | None = None,
    team_form: TeamShareForm | None = None,
) -> HttpResponse:
    shared = kept_forms.name_of("addressbook:share", book_id=book.pk)
    team_shared = kept_forms.name_of("addressbook:share-with-team", book_id=book.pk)
    grants = AddressBookUserPermission.objects.filter(content_object=book, team=None)
    shares, teams = TeamShare.objects.filter(book=book).select_related("team").order_by("made_at"), _teams()
    return render(
        request,
        "addressbook/book_form.html",
        {
            "book": book,
            "form": form or BookForm(initial={"name": book.name, "access": book.access}),
            "share_form": share_form or ShareForm(kept_forms.typed_at(request, shared)),
            "team_form": team_form or TeamShareForm(kept_forms.typed_at(request, team_shared), teams=teams),
            "grants": [
                {"user": grant.user, "level": grant.level.label}
                for grant in grants.select_related("user", "permission")
            ],
            "shares": [{"team": share.team, "level": Level(share.level).label} for share in shares],
            "has_teams": bool(teams),
        },
    )


@requires(Permission.CONTACT_CHANGE)
@form_page
@step_up
def delete_book(request: HttpRequest, book_id: UUID) -> HttpResponse:
    book = access.get_book(book_id, to=Permission.BOOK_MANAGE, lock=request.method == "POST")
    if request.method == "POST":
        try:
            services.delete_book(book=book, now=timezone.now())
        except services.DefaultBookStays:
            messages.error(request, _("The default address book cannot be deleted."))
        else:
            messages.success(request, _("The address book has been deleted."))
        return redirect("addressbook:books")
    count = Contact.objects.filter(book=book, deleted_at=None).count()
    return render(request, "addressbook/delete_book.html", {"book": book, "count": count})


# Contacts in a book ----------------------------------------------------------------


@requires(Permission.CONTACT_VIEW)
@require_safe
def contacts(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Show a page of a book; orders and pages travel in the address, since they name nobody."""
    book = access.get_book(book_id, to=Permission.CONTACT_VIEW)
    order = request.GET.get("order", "")
    kept = kept_forms.typed_at(request, kept_forms.name_of("addressbook:search", book_id=book.pk))
    overview = selectors.overview(book)
    form = SearchForm(kept, initial={"order": order}, present=overview.countries)
    return _list_page(request, book, form, overview, order=order, cursor=request.GET.get("cursor", ""))


@requires(Permission.CONTACT_VIEW)
@form_page
def search(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Search a book. The words come in the body; an address that was kept leads back to the book."""
    book = access.get_book(book_id, to=Permission.CONTACT_VIEW)
    data = kept_forms.typed(request)
    if data is None:
        return redirect("addressbook:contacts", book.pk)
    overview = selectors.overview(book)
    form = SearchForm(data, present=overview.countries)
    if not form.is_valid():
        return _list_page(request, book, form, overview, order="", cursor="")
    order, cursor = form.cleaned_data["order"], form.cleaned_data["cursor"]
    return _list_page(request, book, form, overview, order=order, cursor=cursor, filters=form.filters())


def _list_page(
    request: HttpRequest,
    book: AddressBook,
    form: SearchForm,
    overview: selectors.Overview,
    *,
    order: str,
    cursor: str,
    filters: selectors.Filters | None = None,
) -> HttpResponse:
    known = order if order in selectors.Order.values else selectors.Order.NEWEST.value
    try:
        page = selectors.page_of(book, filters=filters, order=known, cursor=cursor)
    except selectors.BadCursor:
        page = selectors.page_of(book, filters=filters, order=known)
    may_change = access.may(book, Permission.CONTACT_CHANGE)
    others = selectors.other_books(book) if may_change else []
    movable = access.movable(book, others)
    context = {
        "book": book,
        "page": page,
        "form": form,
        "order": known,
        "filters": filters,
        "tags": overview.tags[:MOST_TAGS],
        "further_tags": overview.tags[MOST_TAGS:],
        "may_change": may_change,
        "may_export": access.may(book, Permission.CONTACT_EXPORT),
        "others": [(other, other.pk in movable) for other in others],
        "only_copied": len(movable) < len(others),
        "acts": acts.offered(book),
        "most": number_format(many.MOST, force_grouping=True),
        "may_manage": access.may(book, Permission.BOOK_MANAGE),
        "undo": _undo(request, book),
    }
    return render(request, "addressbook/contacts.html", context)


def _undo(request: HttpRequest, book: AddressBook) -> Contact | None:
    """Return the contact which the reader has just deleted, so that the page can offer it back."""
    try:
        contact = access.get_deleted_contact(request.GET.get("deleted", ""), to=Permission.CONTACT_CHANGE)
    except (NotFound, Forbidden):
        return None
    if contact.book_id != book.pk:
        return None
    trail.record(action=trail.Action.READ, kind="contact", ids=[contact.pk])  # the page says the name
    return contact


@requires(Permission.CONTACT_CHANGE)
@form_page
def add_contact(request: HttpRequest, book_id: UUID) -> HttpResponse:
    book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
    return _contact_form(request, book, None, cancel=reverse("addressbook:contacts", args=[book.pk]))


@requires(Permission.CONTACT_CHANGE)
@form_page
def add_to_default(request: HttpRequest) -> HttpResponse:
    """Add a contact to the default book, which the first one makes."""
    return _contact_form(request, None, None, cancel=reverse("addressbook:books"))


# One contact ----------------------------------------------------------------


@requires(Permission.CONTACT_VIEW)
@require_safe
def contact(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    found = access.get_contact(contact_id, to=Permission.CONTACT_VIEW)
    context = {
        "contact": found,
        "book": found.book,
        "address": addresses.read_address(found, get_language() or "en"),
        "local_address": addresses.format_address(found, local=True),
        "local_language": {"JP": "ja", "KR": "ko", "CN": "zh-Hans"}.get(found.country, "zh-Hant"),
        "warnings": addresses.warnings_for(found),
        "alike": selectors.same_reach(found),
        "may_change": access.may(found.book, Permission.CONTACT_CHANGE),
    }
    return render(request, "addressbook/contact.html", context)


@requires(Permission.CONTACT_VIEW)
@require_POST
def favourite(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Star a contact for oneself, or take the star off; back to where one was, or, for a script, its row alone."""
    found = access.get_contact(contact_id, to=Permission.CONTACT_VIEW)
    said, is_done = _star(found, on=request.POST.get("star") != "off")
    if is_done and request.htmx:  # type: ignore[attr-defined]
        context = {"contact": found, "order": request.POST.get("order", "")}
        return render(request, "addressbook/partials/contact_row.html", context)
    (messages.success if is_done else messages.error)(request, said)
    at = reverse("addressbook:contact", args=[found.pk])
    if request.headers.get("Referer"):
        at = kept_forms.page_of(request)
    # A script would follow a redirect by itself, and put the whole page where the row is.
    return HttpResponseClientRedirect(at) if request.htmx else redirect(at)  # type: ignore[attr-defined]


def _star(found: Contact, *, on: bool) -> tuple[str, bool]:
    """Return what is to be said, and whether it was done."""
    found.starred = on  # type: ignore[attr-defined]  # as the query would say afterwards
    if not on:
        favourites.unstar(contact=found)
        return _("The contact is no longer one of your favourites."), True
    try:
        favourites.star(contact=found, now=timezone.now())
    except favourites.TooMany:
        return _("You have starred as many contacts as you can. Take a star off another one."), False
    return _("The contact is one of your favourites: it comes first when you book."), True


@requires(Permission.CONTACT_CHANGE)
@form_page
def edit_contact(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    found = access.get_contact(contact_id, to=Permission.CONTACT_CHANGE, lock=request.method == "POST")
    if found.is_unreadable:
        return redirect("addressbook:contact", found.pk)  # which says so; nothing is overwritten
    return _contact_form(request, found.book, found, cancel=reverse("addressbook:contact", args=[found.pk]))


def _contact_form(
    request: HttpRequest, book: AddressBook | None, found: Contact | None, *, cancel: str
) -> HttpResponse:
    data = kept_forms.typed(request)
    pasting = pasting_of(data) if found is None else None
    twins: list[entering.Twin] = []
    if data is None:
        form = ContactForm(initial=initial_of(found) if found else None, asks_fax=_asks_fax(request))
    elif pasting and data.get("action") == PASTE:
        form = _filled_in(pasting, typed(data), asks_fax=_asks_fax(request))
    elif data.get("action") == CHANGE_COUNTRY:
        form = ContactForm(initial=typed(data), asks_fax=_asks_fax(request))
    else:
        form = ContactForm(data, asks_fax=_asks_fax(request))
        if request.method == "POST" and form.is_valid():
            place = book or access.get_book(services.default_book(now=timezone.now()).pk, to=Permission.CONTACT_CHANGE)
            is_asked = found is None and "anyway" not in request.POST
            twins = entering.twins_of(form.details(), book=place) if is_asked else []
            if not twins and (saved := _save(request, place, found, form)):
                return saved
    back = _back(request, data)
    context = {
        "form": form,
        "book": book,
        "contact": found,
        "cancel": back or cancel,
        "pasting": pasting,
        "back": back,
        "twins": [
            (twin.contact, [Reason.WORDS[reason] for reason in twin.reasons if reason in Reason.WORDS])
            for twin in twins
        ],
    }
    return render(request, "addressbook/contact_form.html", context)


def _back(request: HttpRequest, data: QueryDict | None) -> str:
    """Return the page of ours from which somebody came to correct a contact, and to which they return; or nothing."""
    asked = str((request.GET if data is None else data).get("next", ""))
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if is_ours and asked.startswith("/") else ""


def _filled_in(pasting: Pasting, before: dict[str, Any], *, asks_fax: bool) -> ContactForm:
    """Return the form with what the pasted text has for its empty fields; nothing is saved."""
    form = ContactForm(initial=before, asks_fax=asks_fax)
    if not pasting.form.is_valid():
        return form
    # What was typed for another country waits out of sight: it is not in the way.
    before |= dict.fromkeys(form.hidden_parts, "")
    pasting.filled = fill(pasting.form.cleaned_data["pasted"], before, LAYOUT, known=set(form.fields))
    form = ContactForm(initial=pasting.filled.values, asks_fax=asks_fax)
    say_doubts(form, pasting.filled)
    return form


def _asks_fax(request: HttpRequest) -> bool:
    """Tell whether the account keeps fax numbers."""
    account = request.account  # type: ignore[attr-defined]
    return bool(account and account.fax_enabled)


def _save(request: HttpRequest, book: AddressBook, found: Contact | None, form: ContactForm) -> HttpResponse | None:
    """Save what is valid; None where the book has no room, which the form says then."""
    try:
        saved = services.save_contact(book=book, details=form.details(), now=timezone.now(), contact=found)
    except room.BookFull as error:
        form.add_error(None, str(error))
        return None
    messages.success(request, _("The contact has been changed.") if found else _("The contact has been added."))
    return redirect(_back(request, request.POST) or reverse("addressbook:contact", args=[saved.pk]))


@requires(Permission.CONTACT_CHANGE)
@require_POST
def address_fields(request: HttpRequest) -> HttpResponse:
    """Return the address part of the form for the country chosen, with what has been typed; changes nothing."""
    return render(
        request, "addressbook/partials/address_fields.html", {"form": ContactForm(initial=typed(request.POST))}
    )


@requires(Permission.CONTACT_CHANGE)
@form_page
def delete_contact(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    found = access.get_contact(contact_id, to=Permission.CONTACT_CHANGE, lock=request.method == "POST")
    if request.method == "POST":
        services.delete_contact(contact=found, now=timezone.now())
        return redirect(f"{reverse('addressbook:contacts', args=[found.book_id])}?deleted={found.pk}")
    return render(request, "addressbook/delete_contact.html", {"contact": found, "book": found.book})


@requires(Permission.CONTACT_CHANGE)
@require_POST
def restore_contact(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    found = access.get_deleted_contact(contact_id, to=Permission.CONTACT_CHANGE, lock=True)
    try:
        services.restore_contact(contact=found)
    except room.BookFull as error:
        messages.error(request, str(error))
        return redirect("addressbook:bin", found.book_id)
    messages.success(request, _("The contact is back."))
    return redirect("addressbook:contact", found.pk)
