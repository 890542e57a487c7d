"""Instruments and catalogue files for tests."""

from accounts.models import Institution
from instruments.catalogue.commands import refresh_search
from instruments.catalogue.identity import number_of, reserved_ids, slug_of
from instruments.catalogue.models import Category, Instrument
from tests.factories.accounts import make_institution

UNIQUIP_HEADER = (
    "Description,Site Location,Contact Telephone,Contact URL,Contact Email,Location,Department,Service Level"
)
"""The header of the real file: no ID and no Name."""


def make_instrument(institution: Institution | None = None, **fields: object) -> Instrument:
    """A published instrument, found by search; fields override. category: a code."""
    place = institution or make_institution()
    (key,) = reserved_ids(1)
    if code := fields.pop("category", None):
        fields["category"] = Category.objects.get(code=code)
    values: dict[str, object] = {"name_en": "Spectrometer", "status": "published"} | fields
    slug = slug_of(key, (str(values["name_en"]),))
    instrument = Instrument.objects.create(pk=key, number=number_of(key), slug=slug, institution=place, **values)
    refresh_search(instrument_ids=[key])
    return instrument


def standrews_line(
    description: str,
    *,
    phone: str = "441334 463800",
    email: str = "gsd@st-andrews.ac.uk",
    department: str = "Chemistry",
) -> str:
    """One line as the real file has them."""
    return (
        f"{description},St Andrews,{phone},https://www.st-andrews.ac.uk/gsd/,{email},"
        f"https://en.wikipedia.org/wiki/St_Andrews,{department},"
    )


def standrews_twin(rows: int = 60) -> bytes:
    """A file with the faults of the real one, made here.

    Mac Roman with fixed spaces behind some addresses, CRLF without a last line end, no ID and no Name,
    most names cut at 20 characters, identical rows, UNKNOWN, one control character.
    """
    lines = [UNIQUIP_HEADER, standrews_line("UNKNOWN"), standrews_line("Incucyte Zoom\x16")]
    lines += [standrews_line("NETWORK CLUSTER")] * 3
    while len(lines) <= rows:
        cut = f"{len(lines)} Confocal microscope with camera"[:20]
        lines.append(standrews_line(cut, email="gsd@st-andrews.ac.uk\u00a0", department="Geography "))
    return "\r\n".join(lines).encode("mac_roman")
