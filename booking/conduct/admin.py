"""Conduct in the admin site, for looking: it is changed by commands."""

from django.contrib import admin

from accounts.admin import LookingAdmin
from booking.conduct.models import Agreement, CreditAppeal, CreditEntry, UsageReport


@admin.register(CreditEntry)
class CreditEntryAdmin(LookingAdmin):
    """What changed people's credit."""

    list_display = ("person", "institution", "reason", "change", "reservation", "at")
    list_filter = ("reason",)
    list_select_related = ("person", "institution")
    search_fields = ("person__email", "person__name")


@admin.register(CreditAppeal)
class CreditAppealAdmin(LookingAdmin):
    """Appeals and what became of them."""

    list_display = ("entry", "institution", "state", "at", "decided_by", "decided_at")
    list_filter = ("state",)
    list_select_related = ("entry", "institution", "decided_by")


@admin.register(UsageReport)
class UsageReportAdmin(LookingAdmin):
    """What people say about their uses."""

    list_display = ("reservation", "instrument", "person", "had_problems", "samples", "submitted_at")
    list_select_related = ("instrument", "person")


@admin.register(Agreement)
class AgreementAdmin(LookingAdmin):
    """Texts to sign."""

    list_display = ("institution", "instrument", "version", "published_at", "replaced_at")
    list_select_related = ("institution", "instrument")
