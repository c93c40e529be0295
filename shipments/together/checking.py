"""What a batch comes to: for each recipient the draft, its postage, or what keeps it from being sent.

As many statements for five hundred recipients as for one: the contacts are one query, tariff and rates are fetched
once, and what goes to one destination is priced once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from addressbook.access import books_for
from addressbook.models import Contact
from security import trail
from security.detection import observing
from security.permissions import Permission
from shipments import customs, pricing, readiness
from shipments.catalogue import LOCAL
from shipments.models import Batch, Shipment
from shipments.pricing import Offer, Offers
from shipments.readiness import Problem
from shipments.tariff import snapshot
from shipments.together.patterns import values_for

DECLARED = "batch"  # to detection: work that somebody ordered as a whole


class Prices:
    """The prices of a day, each asked once however many items cost it."""

    def __init__(self, on: date) -> None:
        self.on, self.tariff, self.rates = on, snapshot.current(), customs.rates_on(on)
        self._known: dict[str, Offers] = {}

    def offers_for(self, draft: Shipment) -> Offers:
        key = place_key(draft)
        if key not in self._known:
            self._known[key] = pricing.offers_for(draft, on=self.on, tariff=self.tariff)
        return self._known[key]


def place_key(draft: Shipment) -> str:
    """Return all that offers hang on, as one word."""
    sides = (draft.length_mm, draft.width_mm, draft.height_mm)
    parts = (draft.destination, draft.zone, draft.contents, draft.weight_g, draft.format, *sides)
    return "|".join("" if part is None else str(part) for part in parts)


def price_key(draft: Shipment) -> str:
    """Return all that a draft's postage hangs on, as one word; no name is in it."""
    return f"{draft.service}|{place_key(draft)}"


@dataclass(frozen=True)
class Recipient:
    """One of a batch: whether they get an item, and if not, why. `draft` is not saved."""

    contact: Contact
    reference: str = ""
    is_in: bool = True
    draft: Shipment | None = None
    offers: Offers = field(default_factory=Offers)
    problems: Sequence[Problem] = ()

    @property
    def offer(self) -> Offer | None:
        return self.offers.of(self.draft.service) if self.draft else None

    @property
    def fits(self) -> bool:
        """Whether nothing is wrong with the contact itself."""
        return not any(problem.step == "recipient" for problem in self.problems)

    @property
    def is_ready(self) -> bool:
        return self.is_in and self.draft is not None and not self.problems

    @property
    def own_problems(self) -> list[Problem]:
        """What is wrong with this recipient, or with the service to them; the rest concerns all."""
        return [problem for problem in self.problems if problem.step in {"recipient", "service"}]


class Choice(NamedTuple):
    """One service for all: how many recipients it goes to, and what they cost together."""

    service: str
    name: str
    items: int
    postage_hkd: Decimal


@dataclass(frozen=True)
class Outlook:
    """Everybody whom a batch is for, in the order in which they were chosen. `gone`: how many cannot be seen here."""

    recipients: Sequence[Recipient]
    gone: int = 0

    @property
    def included(self) -> list[Recipient]:
        return [recipient for recipient in self.recipients if recipient.is_in]

    @property
    def ready(self) -> list[Recipient]:
        return [recipient for recipient in self.recipients if recipient.is_ready]

    @property
    def held_back(self) -> list[Recipient]:
        return [recipient for recipient in self.recipients if recipient.is_in and recipient.problems]

    @property
    def postage_hkd(self) -> Decimal:
        return sum((one.offer.postage_hkd for one in self.ready if one.offer), Decimal(0))

    @property
    def common_problems(self) -> list[Problem]:
        """What is wrong with the sender or the item, each once; empty where nobody is concerned."""
        found = {
            (problem.step, problem.message): problem
            for recipient in self.included
            for problem in recipient.problems
            if problem.step not in {"recipient", "service"}
        }
        return list(found.values())

    def choices(self, *, local: bool) -> list[Choice]:
        """Return the services that take an item of at least one recipient, those of the most recipients first."""
        counts: Counter[tuple[str, str]] = Counter()
        sums: Counter[tuple[str, str]] = Counter()
        for recipient in self.included:
            if recipient.draft is None or not recipient.fits or (recipient.draft.destination == LOCAL) != local:
                continue
            for offer in recipient.offers.results:
                counts[offer.service, offer.name] += 1
                sums[offer.service, offer.name] += offer.postage_hkd  # type: ignore[assignment]  # a sum of money
        found = [Choice(*key, counts[key], Decimal(sums[key])) for key in counts]
        return sorted(found, key=lambda choice: (-choice.items, choice.postage_hkd, choice.service))


def contacts_of(batch: Batch) -> list[Contact]:
    """Return those chosen whom whoever acts may see now, in the order in which they were chosen; noted as listed."""
    seen = Contact.objects.filter(pk__in=batch.chosen, deleted_at=None, book__in=books_for(Permission.CONTACT_VIEW))
    found = {str(contact.pk): contact for contact in seen}
    contacts = [found[pk] for pk in batch.chosen if pk in found]
    if contacts:
        with observing.declared(DECLARED, len(contacts)):
            trail.record(action=trail.Action.LIST, kind="contact", ids=[contact.pk for contact in contacts])
    return contacts


def are_all_local(contacts: Iterable[Contact]) -> bool:
    """Tell whether everything stays in Hong Kong, so that nothing is declared."""
    return {contact.country for contact in contacts} == {LOCAL}


def look(batch: Batch, *, on: date) -> Outlook:
    """Work out what a batch comes to on a day."""
    contacts, prices, left_out = contacts_of(batch), Prices(on), set(batch.left_out)
    recipients = [
        _recipient(batch, contact, prices, is_in=str(contact.pk) not in left_out)
        for contact in contacts
    ]  # fmt: skip
    return Outlook(recipients, gone=len(batch.chosen) - len(contacts))


def _recipient(batch: Batch, contact: Contact, prices: Prices, *, is_in: bool) -> Recipient:
    reference = batch.references.get(str(contact.pk), "")
    if unfit := _unfit(contact):
        return Recipient(contact, reference, is_in, problems=[unfit])
    draft = Shipment(**values_for(batch, contact))
    offers = prices.offers_for(draft)
    if not draft.service and offers.results:
        draft.service = offers.results[0].service  # the cheapest
    problems = readiness.problems_of(draft, offers, on=prices.on, rates=prices.rates)
    return Recipient(contact, reference, is_in, draft, offers, _without_choice(problems, offers))


def _unfit(contact: Contact) -> Problem | None:
    if contact.is_unreadable:
        return Problem("recipient", "/recipient", "unreadable", _("This contact cannot be read."))
    if not contact.can_receive:
        message = _("This contact is not marked as a recipient.")
        return Problem("recipient", "/recipient", "no_recipient", message)
    return None


def _without_choice(problems: list[Problem], offers: Offers) -> list[Problem]:
    """Say that nothing goes there, rather than to choose a service, where the cheapest was wanted and there is none."""
    message = _("No service takes this item to this destination.")
    return [
        Problem("service", problem.pointer, "unavailable", message) if problem.code == "required" and
        problem.step == "service" and not offers.results else problem
        for problem in problems
    ]  # fmt: skip
