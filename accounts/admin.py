"""People, institutions, enterprises and roles in the admin site."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise, Institution, Membership, User
from accounts.selectors import viewer_of_request
from core.history import acting


class ByRole:
    """Permission by role, not by Django's tables: platform administrators may do everything, others nothing.

    Nobody but a superuser changes a superuser: who could set their password would be one.
    """

    def has_module_permission(self, request: HttpRequest) -> bool:
        return viewer_of_request(request).is_platform_admin

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return viewer_of_request(request).is_platform_admin

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        viewer = viewer_of_request(request)
        return viewer.is_superuser or (viewer.is_platform_admin and not getattr(obj, "is_superuser", False))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class RecordedAdmin(ByRole, admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in the stubs
    """What is saved or deleted here carries the administrator in its history."""

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        with transaction.atomic(), acting(actor_id=request.user.pk, command="admin"):
            return super().changeform_view(request, *args, **options)

    def delete_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        with transaction.atomic(), acting(actor_id=request.user.pk, command="admin"):
            return super().delete_view(request, *args, **options)


class LookingAdmin(RecordedAdmin):
    """What commands alone write: nothing is added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MembershipInline(ByRole, admin.TabularInline):  # type: ignore[type-arg]
    """The roles a person holds."""

    model = Membership
    extra = 0
    autocomplete_fields = ("institution", "enterprise")


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """A new person: e-mail address, name and first password."""

    class Meta:
        model = User
        fields = ("email", "name")

    def clean_email(self) -> str:
        """Addresses are kept in lower case, whatever was typed."""
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class PeopleAdmin(RecordedAdmin, UserAdmin):  # type: ignore[type-arg]
    """People, found by name or e-mail address, with their roles."""

    add_form = NewUserForm
    list_display = ("email", "name", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    ordering = ("email",)
    inlines = (MembershipInline,)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Person"), {"fields": ("name", "phone", "language")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Superusers are made by superusers."""
        return () if viewer_of_request(request).is_superuser else ("is_superuser",)


@admin.register(Institution)
class InstitutionAdmin(RecordedAdmin):
    """Member institutions."""

    list_display = ("slug", "name_zh", "name_en", "zone", "region")
    search_fields = ("slug", "name_zh", "name_en")
    prepopulated_fields = {"slug": ("name_en",)}


@admin.register(Enterprise)
class EnterpriseAdmin(RecordedAdmin):
    """Firms."""

    list_display = ("slug", "name_zh", "name_en", "uscc", "region")
    search_fields = ("slug", "name_zh", "name_en", "uscc")
    prepopulated_fields = {"slug": ("name_en",)}
