"""The OpenAPI document: what every operation may answer besides its success."""

from typing import Any, Final

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from config.api.problems import CONTENT_TYPE

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457. Refused bookings add violations and alternatives; unreadable input adds errors.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "violations": {"type": "array", "items": {"$ref": "#/components/schemas/ViolationOut"}},
        "alternatives": {"type": "array", "items": {"$ref": "#/components/schemas/AlternativeOut"}},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
_REFUSED: Final = {
    "description": "A problem document; `code` says which problem.",
    "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_WITH_BODY: Final = ("post", "patch", "put")


class Api(NinjaAPI):
    """A NinjaAPI whose document declares the problem answers."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        schema["components"]["schemas"]["Problem"] = _PROBLEM
        for operations in schema["paths"].values():
            for method, operation in operations.items():
                for status in _refusals(method):
                    operation["responses"].setdefault(status, _REFUSED)
        return schema


def _refusals(method: str) -> tuple[int, ...]:
    if method in _WITH_BODY:
        return (400, 401, 403, 404, 409, 412, 413, 422, 503)
    return (400, 401, 403, 404, 409, 422)
