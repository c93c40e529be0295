"""Reference data in Django's admin, for postal staff."""

from django.contrib import admin

from shipments.models import ExchangeRate, NumberRange, Suspension, TariffEdition


@admin.register(Suspension)
class SuspensionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("destination", "service", "contents", "from_on", "until_on")
    list_filter = ("destination", "service")


@admin.register(ExchangeRate)
class ExchangeRateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("currency", "valid_from", "hkd")
    list_filter = ("currency",)


@admin.register(NumberRange)
class NumberRangeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("indicator", "range_group", "first_serial", "last_serial", "next_serial", "left")
    readonly_fields = ("next_serial", "last_used_at")


@admin.register(TariffEdition)
class TariffEditionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "source", "imported_at")
    readonly_fields = ("name", "source", "imported_at", "report")
