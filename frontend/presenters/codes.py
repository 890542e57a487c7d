"""Codes that a telephone reads, as drawings inside the page."""

from io import BytesIO

import segno
from django.utils.safestring import SafeString, mark_safe

_QUIET_ZONE = 4
"""Modules of white around it that ISO/IEC 18004 asks for."""


def drawn(address: str) -> SafeString:
    """An address as a QR code: an SVG element that is as wide as its surroundings, black on white, for print."""
    code = segno.make_qr(address, error="q")  # a quarter may be dirty or torn
    out = BytesIO()
    plain = {"xmldecl": False, "nl": False, "omitsize": True}
    code.save(out, kind="svg", border=_QUIET_ZONE, dark="#000", light="#fff", **plain)
    return mark_safe(out.getvalue().decode())  # noqa: S308 - segno draws it; the address is in it as modules alone
