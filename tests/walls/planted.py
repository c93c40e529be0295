"""Views with the mistakes that people make. They exist in tests only, to make every wall earn its keep."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.cache import cache
from django.core.mail import send_mail
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone

from addressbook.index import keeping
from addressbook.models import AddressBook, Contact
from ecship.urls import urlpatterns as real_urls
from labels import documents, products
from labels.model import LabelData, Output, Party
from security.marks import requires
from security.permissions import Permission
from security.sealing import Unreadable, unseal

see = requires(Permission.CONTACT_VIEW)
change = requires(Permission.CONTACT_CHANGE)
TABLE = "addressbook_contact"


def opened(rows: list[tuple[Any, ...]]) -> list[str]:
    """Open sealed values as a careless view would: whatever opens is shown."""
    names = []
    for row_id, sealed, version in rows:
        try:
            names.append(unseal(bytes(sealed), version, table=TABLE, row=str(row_id))["name"])
        except Unreadable:
            names.append("?")
    return names


def names(contacts: Any) -> JsonResponse:
    return JsonResponse({"names": [contact.name for contact in contacts]})


@see
def unfiltered_get(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    return names([Contact.objects.get(pk=contact_id)])


@see
def related_get(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    return names([Contact._base_manager.get(pk=contact_id)])


@see
def unfiltered_list(request: HttpRequest) -> HttpResponse:
    return names(Contact.objects.all())


@see
def export(request: HttpRequest) -> HttpResponse:
    lines = "\n".join(contact.name for contact in Contact.objects.order_by("created_at").iterator())
    return HttpResponse(lines, content_type="text/csv")


@see
def bulk(request: HttpRequest) -> HttpResponse:
    return names(Contact.objects.in_bulk(request.GET.getlist("id")).values())


@see
def values(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"names": opened(list(Contact.objects.values_list("id", "sealed", "key_version")))})


@see
def autocomplete(request: HttpRequest) -> HttpResponse:
    typed = request.GET.get("q", "")
    return names([contact for contact in Contact.objects.all() if contact.name.startswith(typed)])


@see
def in_header(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    return HttpResponse(headers={"X-Contact": Contact.objects.get(pk=contact_id).name})


@see
def raw_orm(request: HttpRequest) -> HttpResponse:
    return names(Contact.objects.raw(f"SELECT * FROM {TABLE}"))


@see
def raw_sql(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, sealed, key_version FROM {TABLE}")
        return JsonResponse({"names": opened(cursor.fetchall())})


@see
def injection(request: HttpRequest) -> HttpResponse:
    """What a person types becomes SQL, several statements if they like."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, sealed, key_version FROM {TABLE} WHERE country = '{request.GET['country']}'")
        while cursor.cursor.nextset():
            pass
        found = cursor.fetchall() if cursor.description else []
        return JsonResponse({"names": opened([row for row in found if len(row) == 3])})


@see
def aggregates(request: HttpRequest) -> HttpResponse:
    """One row of totals, which carries everybody's values."""
    totals = Contact.objects.aggregate(ids=ArrayAgg("pk"), sealed=ArrayAgg("sealed"), versions=ArrayAgg("key_version"))
    rows = zip(totals["ids"] or [], totals["sealed"] or [], totals["versions"] or [], strict=True)
    return JsonResponse({"names": opened(list(rows))})


@see
def printed(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """A document, set for a contact that nobody asked the door for."""
    contact = Contact.objects.get(pk=contact_id)
    party = Party(lines=(contact.name,), country="HONG KONG", country_code="HK")
    sent_on = date(2026, 3, 2)
    letter = LabelData(
        service=products.service_for("LRM", "HK"), item_number=None, sender=party, recipient=party,
        postage_hkd=Decimal(1), weight_g=20, booked_on=sent_on, valid_until=sent_on,
    )  # fmt: skip
    return HttpResponse(documents.receipt(letter, output=Output.PDF)[0], content_type="application/pdf")


@change
def injected_write(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET country = '{request.POST['country']}'")
    return HttpResponse()


@change
def nested_key(request: HttpRequest) -> HttpResponse:
    """The book's id comes from the body and is believed."""
    now = timezone.now()
    contact = Contact(book_id=request.POST["book"], country="HK", created_at=now, updated_at=now)
    contact.save()
    return JsonResponse({"book": contact.book.name})


@change
def rehoming(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """A PATCH that takes every field of the body."""
    Contact.objects.filter(pk=contact_id).update(account_id=request.POST["account_id"], book_id=request.POST["book"])
    return HttpResponse()


@change
def mass_assignment(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    fields = {name: request.POST[name] for name in ("account_id", "book_id")}
    Contact(country="HK", created_at=now, updated_at=now, **fields).save()
    return HttpResponse()


@change
def blind_delete(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    Contact.objects.filter(pk=contact_id).delete()
    return HttpResponse()


@change
def blind_update(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    Contact.objects.filter(pk=contact_id).update(country="XX")
    return HttpResponse()


@see
def shared_cache(request: HttpRequest) -> HttpResponse:
    """A cache key without the account."""
    contacts = cache.get("latest-contacts")
    if contacts is None:
        contacts = list(Contact.objects.order_by("-created_at")[:5])
        cache.set("latest-contacts", contacts)
    return names(contacts)


@see
def layout_of_book(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """A layout looked for under its book alone, as if the account went without saying."""
    kept = next((kept for (_account, book), kept in keeping.MEMORY._kept.items() if book == book_id), None)
    layout = keeping._open(kept, book_id) if kept else None
    return JsonResponse({"names": [layout._name(row) for row in layout.oldest] if layout else []})


@see
def mailed(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    send_mail("Contact", Contact.objects.get(pk=contact_id).name, None, ["attacker@example.com"])
    return HttpResponse()


@see
def book_by_related(request: HttpRequest, book_id: UUID) -> HttpResponse:
    return names(AddressBook(pk=book_id, account_id=UUID(request.GET["account"])).contacts.all())


def unmarked(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    return names([Contact._base_manager.get(pk=contact_id)])


urlpatterns = [
    path("planted/get/<uuid:contact_id>", unfiltered_get),
    path("planted/related/<uuid:contact_id>", related_get),
    path("planted/list", unfiltered_list),
    path("planted/export", export),
    path("planted/bulk", bulk),
    path("planted/values", values),
    path("planted/autocomplete", autocomplete),
    path("planted/header/<uuid:contact_id>", in_header),
    path("planted/raw-orm", raw_orm),
    path("planted/raw-sql", raw_sql),
    path("planted/injection", injection),
    path("planted/aggregates", aggregates),
    path("planted/printed/<uuid:contact_id>", printed),
    path("planted/injected-write", injected_write),
    path("planted/nested-key", nested_key),
    path("planted/rehoming/<uuid:contact_id>", rehoming),
    path("planted/mass-assignment", mass_assignment),
    path("planted/blind-delete/<uuid:contact_id>", blind_delete),
    path("planted/blind-update/<uuid:contact_id>", blind_update),
    path("planted/cache", shared_cache),
    path("planted/layout/<uuid:book_id>", layout_of_book),
    path("planted/mail/<uuid:contact_id>", mailed),
    path("planted/book/<uuid:book_id>", book_by_related),
    path("planted/unmarked/<uuid:contact_id>", unmarked),
    *real_urls,
]
