"""API shapes of accounts."""

from django.http import HttpRequest
from ninja import Schema

from accounts.viewers import Viewer


class ViewerRequest(HttpRequest):
    """A request behind the API's authentication."""

    auth: Viewer


class InstitutionOut(Schema):
    """A member institution. zone: IANA; region: GB/T 2260."""

    id: int
    slug: str
    name: str
    name_zh: str
    name_en: str
    kind: str
    zone: str
    region: str


class EnterpriseOut(Schema):
    """A firm. uscc: GB 32100; region: GB/T 2260."""

    id: int
    slug: str
    name: str
    name_zh: str
    name_en: str
    uscc: str | None
    region: str


class RoleOut(Schema):
    """A role held by the caller, and where."""

    role: str
    institution_id: int | None
    enterprise_id: int | None
    region: str


class MeOut(Schema):
    """The caller. scopes null: signed in by session."""

    id: int
    name: str
    email: str
    roles: list[RoleOut]
    scopes: list[str] | None
