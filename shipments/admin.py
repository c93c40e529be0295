"""Reference data in Django's admin, for postal staff."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from security.console.reference import site
from shipments import item_numbers
from shipments.catalogue import INDICATORS, SERVICES
from shipments.models import Destination, ExchangeRate, NumberRange, Suspension, TariffEdition
from shipments.models.reference import LOW


def service_choices() -> list[tuple[str, Any]]:
    return [("", _("Every service")), *((service.code, service.name) for service in SERVICES.values())]


def destination_choices() -> list[tuple[str, str]]:
    """Return each destination once; of a split one, the part that bears its code names it."""
    rows = sorted(Destination.objects.all(), key=lambda row: row.zone == row.code)
    return sorted({row.code: f"{row.code} {row.name}" for row in rows}.items())


class SuspensionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Only services and destinations that exist can be suspended: a slip would suspend nothing, unseen."""

    service = forms.ChoiceField(label=_("Service"), choices=service_choices, required=False)
    destination = forms.ChoiceField(label=_("Destination"), choices=destination_choices)

    class Meta:
        model = Suspension
        fields = (
            "service", "destination", "contents", "from_on", "until_on", "reason_en", "reason_zh_hant",
            "reason_zh_hans",
        )  # fmt: skip


# The browser's own choice of a day: the admin's calendar sets inline styles, which the CSP refuses.
DAYS: dict[Any, dict[str, Any]] = {
    models.DateField: {"widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}
}


@admin.register(Suspension, site=site)
class SuspensionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = SuspensionForm
    formfield_overrides = DAYS
    list_display = ("destination", "service", "contents", "from_on", "until_on")
    list_filter = ("destination", "service")


@admin.register(ExchangeRate, site=site)
class ExchangeRateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    formfield_overrides = DAYS
    list_display = ("currency", "valid_from", "hkd")
    list_filter = ("currency",)


class NumberRangeForm(forms.ModelForm):  # type: ignore[type-arg]
    range_group = forms.ChoiceField(label=_("Range group"), choices=[(group, group) for group in INDICATORS])


@admin.register(NumberRange, site=site)
class NumberRangeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Ranges are opened here and may be ended earlier; what was given out is never taken back."""

    form = NumberRangeForm
    list_display = (
        "indicator",
        "range_group",
        "first_serial",
        "last_serial",
        "next_serial",
        "numbers_left",
        "runs_low",
    )
    readonly_fields = ("next_serial", "last_used_at")

    def get_readonly_fields(self, request: HttpRequest, obj: NumberRange | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "indicator", "first_serial") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: NumberRange | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Say at the top which groups need another range; a range used up beside a full one needs no thought."""
        if request.method == "GET":
            for group, left in item_numbers.left_by_group().items():
                if left <= LOW:
                    text = __("Range group %(group)s has %(left)d numbers left. Open another range.")
                    messages.warning(request, text % {"group": group, "left": left})
        return super().changelist_view(request, extra_context)

    @admin.display(description=_("Numbers left"))
    def numbers_left(self, obj: NumberRange) -> int:
        return obj.left

    @admin.display(description=_("Runs low"), boolean=True)
    def runs_low(self, obj: NumberRange) -> bool:
        return obj.is_low


@admin.register(TariffEdition, site=site)
class TariffEditionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Editions come by `manage.py import_tariff`; here is what was odd in them, and what is to be confirmed."""

    list_display = ("name", "source", "imported_at")
    fields = ("name", "source", "imported_at", "findings")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: TariffEdition | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: TariffEdition | None = None) -> bool:
        return False

    @admin.display(description=_("Report of the import"))
    def findings(self, obj: TariffEdition) -> str:
        return "\n".join(obj.report)
