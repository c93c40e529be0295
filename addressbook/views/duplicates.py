"""Pages of possible duplicates: looking for them, two contacts side by side, merging and parting."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import kept_forms
from addressbook import access, countries, districts, many, room, services, tasks
from addressbook.addresses import read_address
from addressbook.alike.reasons import Reason
from addressbook.details import ContactDetails, InvalidContact
from addressbook.duplicates import looking, merging
from addressbook.duplicates.models import Merge, PossibleDuplicate
from addressbook.models import AddressBook, Contact
from security import trail
from security.marks import requires
from security.permissions import Permission
from security.refusals import NotFound
from security.tasks import send
from security.trail import Action

LABELS = {
    "name": gettext_lazy("Name"),
    "company": gettext_lazy("Company"),
    "address": gettext_lazy("Address"),
    "local_name": gettext_lazy("Name in the local script"),
    "local_address": gettext_lazy("Address in the local script"),
    "email": gettext_lazy("E-mail address"),
    "phone": gettext_lazy("Telephone"),
    "fax": gettext_lazy("Fax"),
}


@requires(Permission.CONTACT_CHANGE)
@require_safe
def duplicates(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """List the pairs of a book that may be one, or, with `?different`, those that were said to be two."""
    book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
    look, now, is_different = looking.last(book), timezone.now(), "different" in request.GET
    is_running = looking.is_running(look, now=now)
    pairs = [] if is_running else looking.likeliest(book, dismissed=is_different)
    context = {
        "book": book,
        "look": look,
        "is_running": is_running,
        "is_old": looking.is_done(look) and look is not None and look.version != book.version,
        "is_different": is_different,
        "pairs": [_shown(pair) for pair in pairs],
        "count": looking.count(book, dismissed=is_different),
        "different": looking.count(book, dismissed=True),
        "merges": [] if is_different else merging.lately(book),
        "days": services.UNDO_PERIOD.days,
    }
    return render(request, "addressbook/duplicates.html", context)


@requires(Permission.CONTACT_CHANGE)
@require_POST
def look_for_duplicates(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Have a book looked through; the page says how far it is."""
    book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
    if looking.ask(book, now=timezone.now()):
        send(tasks.look_for_duplicates, book_id=str(book.pk))
    return redirect("addressbook:duplicates", book.pk)


@requires(Permission.CONTACT_CHANGE)
@require_POST
def compare_selected(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """Take two contacts that somebody selected for a pair, whatever was found, and show them side by side."""
    book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
    found = access.get_contacts(book, request.POST.getlist("contact")[: many.MOST], deleted=False)
    if len(found) != 2 or any(contact.is_unreadable for contact in found):
        messages.error(request, _("Select exactly two contacts."))
        return redirect("addressbook:contacts", book.pk)
    return redirect("addressbook:compare", book.pk, looking.pair_for(book, *found).pk)


@requires(Permission.CONTACT_CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: HttpRequest, book_id: UUID, pair_id: UUID) -> HttpResponse:
    """Show two contacts side by side, and merge them as was chosen."""
    book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
    if looking.is_decided(book, pair_id):  # by a second press of the button, or by somebody else
        return _decided(request, book)
    pair = _pair(book, pair_id)
    ids = [str(pk) for pk in looking.ids_of(pair)]
    if request.method == "POST" and _merge(request, book, ids):
        return redirect("addressbook:duplicates", book.pk)
    if request.method == "POST":
        if looking.is_decided(book, pair_id):  # while this one waited
            return _decided(request, book)
        pair = _pair(book, pair_id)
    trail.record(action=Action.READ, kind="contact", ids=ids)
    return render(request, "addressbook/compare.html", _compared(book, pair, kept_forms.typed(request) or {}))


@requires(Permission.CONTACT_CHANGE)
@require_POST
def dismiss(request: HttpRequest, book_id: UUID, pair_id: UUID) -> HttpResponse:
    """Say that two contacts are not one, or take it back."""
    book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
    if looking.is_decided(book, pair_id):
        return _decided(request, book)
    pair = _pair(book, pair_id)
    takes_back = request.POST.get("different") == "off"
    looking.dismiss(pair, now=None if takes_back else timezone.now())
    kept = _("Both contacts are kept. You are not asked about them again.")
    said = _("They are possible duplicates again.") if takes_back else kept
    messages.success(request, said)
    return redirect("addressbook:duplicates", book.pk)


@requires(Permission.CONTACT_CHANGE)
@require_POST
def part(request: HttpRequest, book_id: UUID, merge_id: UUID) -> HttpResponse:
    """Make two contacts again of one that was merged."""
    book = access.get_book(book_id, to=Permission.CONTACT_CHANGE)
    done = merging.merge_of(book, merge_id)
    if done is None:  # never made here, another book's, or undone: one answer for all
        raise NotFound
    kept_id, taken_in_id = str(done.kept_id), str(done.taken_in_id)
    kept = access.get_contacts(book, [kept_id], deleted=False)
    taken_in = access.get_contacts(book, [taken_in_id], deleted=True)
    if not taken_in:  # somebody else brought it back while this waited
        messages.error(request, _("This cannot be undone any more."))
    else:
        _part(request, done, kept=kept[0] if kept else None, taken_in=taken_in[0])
    return redirect("addressbook:duplicates", book.pk)


def _part(request: HttpRequest, done: Merge, *, kept: Contact | None, taken_in: Contact) -> None:
    try:
        is_as_it_was = merging.part(done, kept=kept, taken_in=taken_in, now=timezone.now())
    except room.BookFull as error:
        messages.error(request, str(error))
        return
    if is_as_it_was:
        messages.success(request, _("They are two contacts again, as they were before."))
    elif kept is None:
        messages.success(request, _("The contact that had been merged is back."))
    else:
        messages.warning(
            request,
            _("The contact that had been merged is back. The other one was changed since, and stays as it is."),
        )


def _decided(request: HttpRequest, book: AddressBook) -> HttpResponse:
    messages.info(request, _("This pair was decided already."))
    return redirect("addressbook:duplicates", book.pk)


def _pair(book: AddressBook, pair_id: UUID) -> PossibleDuplicate:
    pair = looking.pair_of(book, pair_id)
    if pair is None:
        raise NotFound
    return pair


def _merge(request: HttpRequest, book: AddressBook, ids: list[str]) -> bool:
    """Merge what was shown; where it changed meanwhile, or cannot be kept, say so and merge nothing."""
    found = {str(contact.pk): contact for contact in access.get_contacts(book, ids, deleted=False)}
    if len(found) < len(ids):
        return False
    if _seen([found[pk] for pk in ids]) != request.POST.get("seen"):
        messages.error(request, _("One of the contacts has been changed meanwhile. Look at them again."))
        return False
    one, other = (found[pk] for pk in ids)
    if merging.too_much(merging.merged(one, other, request.POST.dict())):
        return False  # the page says so
    try:
        merging.merge(book=book, one=one, other=other, choices=request.POST.dict(), now=timezone.now())
    except InvalidContact as error:
        for problem in error.problems:
            messages.error(request, str(problem.message))
        return False
    messages.success(request, _("The two contacts have been merged. You can undo this below."))
    return True


def _seen(contacts: list[Contact]) -> str:
    """Return what tells whether contacts are still as they were shown."""
    return ".".join(f"{contact.updated_at.timestamp():.6f}" for contact in contacts)


def _shown(pair: PossibleDuplicate) -> dict[str, Any]:
    return {
        "pk": pair.pk,
        "contacts": [_summary(pair.one), _summary(pair.other)],
        "reasons": [Reason.WORDS[reason] for reason in pair.reasons if reason in Reason.WORDS],
    }


def _summary(contact: Contact) -> dict[str, Any]:
    lines = [] if contact.is_unreadable else read_address(ContactDetails.of(contact), get_language() or "en")
    reach = [one for one in (contact.phone, contact.email) if one]
    return {"name": contact.display_name, "lines": [line for line in lines if line != contact.name], "reach": reach}


def _compared(book: AddressBook, pair: PossibleDuplicate, typed: Any) -> dict[str, Any]:
    one, other = pair.one, pair.other
    rows = [
        {
            "part": difference.part,
            "label": LABELS[difference.part],
            "sides": [
                {"value": side, "text": _text(difference.part, values), "is_chosen": _chosen(difference, typed) == side}
                for side, values in ((merging.ONE, difference.one), (merging.OTHER, difference.other))
            ],
            "is_asked": difference.is_asked,
        }
        for difference in merging.differences(one, other)
    ]
    same = [
        (LABELS[part], text)
        for part in merging.PARTS
        if part not in {row["part"] for row in rows} and (text := _text(part, _values(one, part)))
    ]
    result = merging.merged(one, other, {})
    return {
        "book": book,
        "pair": pair,
        "rows": rows,
        "same": same,
        "tags": result.tags,
        "notes": result.notes,
        "contacts": [one, other],
        "too_much": merging.too_much(result),
        "reasons": [Reason.WORDS[reason] for reason in pair.reasons if reason in Reason.WORDS],
        "seen": _seen([one, other]),
        "days": services.UNDO_PERIOD.days,
    }


def _chosen(difference: merging.Differs, typed: Any) -> str:
    chosen = typed.get(difference.part, "")
    return chosen if chosen in {merging.ONE, merging.OTHER} else difference.proposed


def _values(contact: Contact, part: str) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in merging.PARTS[part]}


def _text(part: str, values: dict[str, Any]) -> list[str]:
    """Return what a part says, in lines."""
    if part == "address":
        has_any = any(value for name, value in values.items() if name != "country")
        places = [_place(values, name) for name in ("district", "city", "state", "postcode")]
        return [*values["lines"], *filter(None, places), countries.name(values["country"])] if has_any else []
    [value] = values.values()
    return [str(line) for line in value] if isinstance(value, list) else [value] if value else []


def _place(values: dict[str, Any], name: str) -> str:
    """Return a part of an address, where it is a district or an area of Hong Kong's in the reader's language."""
    text, language = str(values[name]), get_language() or "en"
    if values["country"] != countries.HONG_KONG:
        return text
    if name == "district" and (district := districts.find(text)):
        return district.label(language)
    area = districts.find_area(text) if name == "state" else None
    return districts.area_label(area, language) if area else text
