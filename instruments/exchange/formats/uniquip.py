from typing import Final

from django.utils.translation import gettext_lazy as _

from instruments.catalogue.models import Instrument
from instruments.catalogue.search import has_cjk
from instruments.exchange import cleaning
from instruments.exchange.formats import register
from instruments.exchange.formats.base import Format, Parsed, Row
from instruments.exchange.notes import Note

_PLAIN: Final = {"Technique": "methods", "Service Level": "services", "Department": "department"}
_PLACES: Final = ("Building", "Site Location", "Location")


@register
class Uniquip(Format):
    """UNIQUIP, the equipment list that universities in the United Kingdom publish: CSV or XLSX.

    21 headings; Name or Description is required, everything else may be absent, also whole columns.
    Source: shared/design/domain.md, "Instruments", and the template of equipment.data.ac.uk.
    """

    code = "uniquip"
    label = _("UNIQUIP equipment list")
    headings = (
        "Type",
        "Name",
        "Description",
        "Related Facility ID",
        "Technique",
        "Location",
        "Contact Name",
        "Contact Telephone",
        "Contact URL",
        "Contact Email",
        "Secondary Contact Name",
        "Secondary Contact Telephone",
        "Secondary Contact URL",
        "Secondary Contact Email",
        "ID",
        "Photo",
        "Department",
        "Site Location",
        "Building",
        "Service Level",
        "Web Address",
    )
    naming = ("Name", "Description")
    lossy = ("Name", "Description")

    def parse(self, row: Row, *, country: str) -> Parsed:
        """One row; contacts fall back to the secondary ones, the web page to Web Address."""
        parsed = Parsed()
        known = _without_placeholders(row, parsed)
        _name(row, known, parsed)
        parsed.source_id = known.get("ID", "")
        parsed.values.update({target: known.get(heading, "") for heading, target in _PLAIN.items()})
        parsed.values["location"] = _place(known, parsed)
        _contact(known, parsed, country)
        _shorten(parsed)
        return parsed


def _without_placeholders(row: Row, parsed: Parsed) -> dict[str, str]:
    known = {heading: text for heading, text in row.items() if not cleaning.is_placeholder(text)}
    for heading in row.keys() - known.keys() - set(Uniquip.naming):
        parsed.notes.append(Note("placeholder", {"column": heading, "value": row[heading]}))
    return known


def _name(row: Row, known: Row, parsed: Parsed) -> None:
    """The name in its language; what says only UNKNOWN keeps that as its description."""
    name = known.get("Name", "")
    description = known.get("Description", "")
    if not name and not description:
        description = row.get("Description") or row.get("Name") or ""
        parsed.is_named = False
        reason = Note("placeholder_name", {"value": description}) if description else Note("unnamed")
        (parsed.notes if description else parsed.rejected).append(reason)
    parsed.values["name_zh"] = name if has_cjk(name) else ""
    parsed.values["name_en"] = "" if has_cjk(name) else name
    parsed.values["description"] = description


def _place(known: Row, parsed: Parsed) -> str:
    """Building and site; Location is often an address in the web, or the site once more."""
    places: list[str] = []
    for heading in _PLACES:
        place = known.get(heading, "")
        if cleaning.is_web_address(place):
            parsed.notes.append(Note("place_is_link", {"column": heading}))
        elif place and place not in places:
            places.append(place)
    return ", ".join(places)


def _contact(known: Row, parsed: Parsed, country: str) -> None:
    def of(heading: str) -> str:
        return known.get(f"Contact {heading}") or known.get(f"Secondary Contact {heading}", "")

    phone, about_phone = cleaning.telephone(of("Telephone"), country)
    email, about_email = cleaning.email(of("Email"))
    link, about_link = cleaning.link(known.get("Contact URL") or known.get("Web Address") or of("URL"))
    parsed.values |= {
        "contact_name": of("Name"),
        "contact_phone": phone,
        "contact_email": email,
        "contact_url": link,
    }
    parsed.notes += [*about_phone, *about_email, *about_link]


def _shorten(parsed: Parsed) -> None:
    for field, value in parsed.values.items():
        most = getattr(Instrument._meta.get_field(field), "max_length", None)  # noqa: SLF001 - a public API
        if most and len(value) > most:
            parsed.values[field] = value[:most]
            parsed.notes.append(Note("shortened", {"column": field, "most": most, "length": len(value)}))
