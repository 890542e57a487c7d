"""Qualifications and trainings in the admin site, for looking: they are changed by commands."""

from django.contrib import admin

from accounts.admin import LookingAdmin
from instruments.qualifications.models import Qualification, TrainingSession


@admin.register(Qualification)
class QualificationAdmin(LookingAdmin):
    """Who may do what."""

    list_display = ("person", "institution", "instrument", "group", "level", "granted_on", "expires_on")
    list_filter = ("level",)
    list_select_related = ("person", "institution", "instrument", "group")
    search_fields = ("person__email", "person__name")


@admin.register(TrainingSession)
class TrainingSessionAdmin(LookingAdmin):
    """Trainings."""

    list_display = ("instrument", "trainer", "during", "seats", "level", "completed_at", "cancelled_at")
    list_select_related = ("instrument", "trainer")
