"""Reference data: what the post charges, where it goes, what it has stopped, and which numbers it may give out."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

LOW = 1000  # numbers left in a range when staff are told
LAST_SERIAL = 99_999_999  # eight digits
INDICATOR = re.compile(r"[A-Z]{2}")


def in_language(*, en: str, zh_hant: str, zh_hans: str) -> str:
    """Return the text in the reader's language."""
    return {"zh-hant": zh_hant, "zh-hans": zh_hans}.get(get_language() or "en", en)


_SMALL = {"of", "the", "in", "and", "former", "all", "other", "places", "areas", "states"}
_INITIALS = {"USA", "UK"}


def spoken(name: str) -> str:
    """Return a name in capitals as one writes it in a sentence; any other name as it is.

    >>> spoken("USA (ALL OTHER STATES)"), spoken("UNITED KINGDOM (ISLE OF MAN)")
    ('USA (All other states)', 'United Kingdom (Isle of Man)')
    """
    if name.partition("(")[0] != name.partition("(")[0].upper():
        return name
    return re.sub(r"[^()]+", lambda part: _spoken(part.group()), name)


def _spoken(part: str) -> str:
    words = [word if word in _INITIALS else word.lower() if word.lower() in _SMALL else word.title()
             for word in part.split(" ")]  # fmt: skip
    return "".join([words[0][:1].upper(), words[0][1:], *(f" {word}" for word in words[1:])])


class Destination(models.Model):
    """A country or territory, or a part of one that the tariff prices apart."""

    code = models.CharField(max_length=2)
    zone = models.CharField(max_length=2)
    name_en = models.CharField(max_length=100)
    name_zh_hant = models.CharField(max_length=100)
    name_zh_hans = models.CharField(max_length=100)

    class Meta:
        verbose_name, verbose_name_plural = _("Destination"), _("Destinations")
        constraints = [models.UniqueConstraint(fields=["code", "zone"], name="destination_once_a_zone")]

    def __str__(self) -> str:
        return f"{self.code}/{self.zone}"

    @property
    def english(self) -> str:
        """The tariff's English name, which it writes in capitals, as one writes it in a sentence."""
        return spoken(self.name_en)

    @property
    def name(self) -> str:
        return in_language(en=self.english, zh_hant=self.name_zh_hant, zh_hans=self.name_zh_hans)


class TariffEdition(models.Model):
    """One import of the operator's tariff."""

    name = models.CharField(_("Edition"), max_length=40, unique=True)
    source = models.CharField(_("Source"), max_length=200)
    imported_at = models.DateTimeField(_("Imported at"))
    report = models.JSONField(_("Report of the import"), default=list)

    class Meta:
        verbose_name, verbose_name_plural = _("Tariff edition"), _("Tariff editions")

    def __str__(self) -> str:
        return self.name


class ServiceTables(models.Model):
    """The price tables of one tariff code and format, and the day from which they hold.

    `tables` is a list of [destination, zone, limit in grams, index into steps, to be confirmed]; `steps` a list of
    lists of [from g, to g, amount, extra g, extra amount], amounts in HKD as text.
    """

    edition = models.ForeignKey(TariffEdition, on_delete=models.CASCADE, related_name="groups")
    tariff_code = models.CharField(max_length=10)
    format = models.CharField(max_length=12, blank=True)
    effective_from = models.DateField()
    tables = models.JSONField()
    steps = models.JSONField()

    class Meta:
        verbose_name, verbose_name_plural = _("Price tables of a service"), _("Price tables of services")
        constraints = [
            models.UniqueConstraint(fields=["edition", "tariff_code", "format"], name="service_tables_once_an_edition")
        ]

    def __str__(self) -> str:
        return f"{self.tariff_code} {self.format} from {self.effective_from}"


class Suspension(models.Model):
    """A service that the post has stopped: which (blank is every one), where to, for what, from when, until when."""

    class Contents(models.TextChoices):
        ALL = "all", _("Goods and documents")
        GOODS = "goods", _("Goods")
        DOCUMENTS = "documents", _("Documents")

    service = models.CharField(_("Service"), max_length=3, blank=True)
    destination = models.CharField(_("Destination"), max_length=2)
    contents = models.CharField(_("Contents"), max_length=10, choices=Contents.choices, default=Contents.ALL)
    from_on = models.DateField(_("From"))
    until_on = models.DateField(_("Until"), null=True, blank=True)
    reason_en = models.CharField(_("Reason in English"), max_length=300)
    reason_zh_hant = models.CharField(_("Reason in traditional Chinese"), max_length=300)
    reason_zh_hans = models.CharField(_("Reason in simplified Chinese"), max_length=300)

    class Meta:
        verbose_name, verbose_name_plural = _("Suspension"), _("Suspensions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_on=None) | models.Q(until_on__gte=models.F("from_on")),
                name="suspension_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.service or 'all'} to {self.destination} from {self.from_on}"

    def clean(self) -> None:
        """Say at its field what the constraint would only name."""
        if self.from_on and self.until_on and self.until_on < self.from_on:
            raise ValidationError({"until_on": _("Enter a day that is not before the first one.")})

    @property
    def reason(self) -> str:
        return in_language(en=self.reason_en, zh_hant=self.reason_zh_hant, zh_hans=self.reason_zh_hans)


class ExchangeRate(models.Model):
    """What one unit of a currency is in HKD from a day on; XDR is the special drawing right of the customs limits."""

    currency = models.CharField(_("Currency"), max_length=3)
    valid_from = models.DateField(_("From"))
    hkd = models.DecimalField(_("HKD for one unit"), max_digits=14, decimal_places=6)

    class Meta:
        verbose_name, verbose_name_plural = _("Exchange rate"), _("Exchange rates")
        constraints = [
            models.UniqueConstraint(fields=["currency", "valid_from"], name="exchange_rate_once_a_day"),
            models.CheckConstraint(condition=models.Q(hkd__gt=0), name="exchange_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} from {self.valid_from}"

    def clean(self) -> None:
        """Say at its field what the constraint would only name."""
        if self.hkd is not None and self.hkd <= 0:
            raise ValidationError({"hkd": _("Enter an amount above 0.")})


class NumberRange(models.Model):
    """A range of item numbers that the operator gave us, and how far it is used."""

    range_group = models.CharField(_("Range group"), max_length=2)
    indicator = models.CharField(_("Indicator"), max_length=2)
    first_serial = models.PositiveIntegerField(_("First serial number"))
    last_serial = models.PositiveIntegerField(_("Last serial number"))
    next_serial = models.PositiveIntegerField(_("Next serial number"))
    last_used_at = models.DateTimeField(_("Last used at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Number range"), _("Number ranges")
        constraints = [
            models.UniqueConstraint(fields=["indicator", "first_serial"], name="number_range_once"),
            models.CheckConstraint(
                condition=models.Q(first_serial__lte=models.F("next_serial"))
                & models.Q(next_serial__lte=models.F("last_serial") + 1)
                & models.Q(last_serial__lte=LAST_SERIAL),
                name="number_range_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(indicator__regex=r"^[A-Z]{2}$"), name="number_range_indicator_of_two_capitals"
            ),
            # Ranges of an indicator never overlap: the constraint number_range_apart stands in migration 0003.
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.first_serial:08d} to {self.last_serial:08d}"

    @property
    def left(self) -> int:
        return self.last_serial - self.next_serial + 1

    @property
    def is_low(self) -> bool:
        """Tell whether staff should open another range; a closed one needs no thought any more."""
        return self.left <= LOW

    def clean(self) -> None:
        """Start a new range at its first number; refuse one that shares a number with another, or has none."""
        if self.indicator and not INDICATOR.fullmatch(self.indicator):
            raise ValidationError({"indicator": _("Enter two capital letters, for example RA.")})
        if None in (self.first_serial, self.last_serial):
            return  # the form has said so already
        self.next_serial = self.next_serial or self.first_serial
        if self.last_serial < self.first_serial:
            raise ValidationError({"last_serial": _("Enter a last serial number that is not below the first one.")})
        if self.last_serial > LAST_SERIAL:
            raise ValidationError({"last_serial": _("Enter a serial number of eight digits at most.")})
        if self.last_serial < self.next_serial - 1:
            words = _("Numbers up to %(given)s are given out. Enter a last serial number that is not below that.")
            raise ValidationError({"last_serial": words % {"given": f"{self.next_serial - 1:08d}"}})
        others = NumberRange.objects.filter(
            indicator=self.indicator, first_serial__lte=self.last_serial, last_serial__gte=self.first_serial
        )
        if others.exclude(pk=self.pk).exists():
            raise ValidationError({"first_serial": _("These numbers are in another range. Enter a range of its own.")})
