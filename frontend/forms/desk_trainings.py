"""Trainings: planning one, and who attended."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, User
from booking.reservations.commands.hold_training import Training
from core.windows import zone
from frontend.forms.conduct import instrument_choices
from frontend.forms.wall_clock import WallWindowForm
from instruments.qualifications.commands.plan_training import MOST_SEATS, MOST_VALID_DAYS
from instruments.qualifications.models import Level, TrainingSession
from instruments.qualifications.selectors import people_by_email

_NUMBER: Final = {"class": "number", "inputmode": "numeric"}


class TrainingForm(WallWindowForm):
    """A training to hold at an institution, on its clock."""

    instrument = forms.TypedChoiceField(label=_("Instrument"), coerce=int)
    people = forms.CharField(
        label=_("Who takes part"),
        required=False,
        max_length=40_000,
        widget=forms.Textarea(attrs={"class": "w-full", "rows": 4}),
        help_text=_("E-mail addresses of their accounts, one per line."),
    )
    seats = forms.IntegerField(
        label=_("Seats"),
        required=False,
        min_value=1,
        max_value=MOST_SEATS,
        widget=forms.NumberInput(attrs=_NUMBER),
        help_text=_("Empty: one for each of those above."),
    )
    level = forms.TypedChoiceField(label=_("Level it grants"), coerce=int, choices=Level.choices)
    for_group = forms.BooleanField(label=_("It grants for the instrument's whole group"), required=False)
    valid_days = forms.IntegerField(
        label=_("Valid for days"),
        required=False,
        min_value=1,
        max_value=MOST_VALID_DAYS,
        widget=forms.NumberInput(attrs=_NUMBER),
        help_text=_("Counted from the day of the training. Empty: without end."),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    def __init__(self, *args: Any, institution: Institution, **kwargs: Any) -> None:
        super().__init__(*args, zone=zone(institution.zone), **kwargs)
        self.fields["instrument"].choices = instrument_choices(institution)  # type: ignore[attr-defined]

    def clean_people(self) -> list[User]:
        """Everybody once, in the order typed; addresses without an account are named. One query."""
        asked = list(dict.fromkeys(self.cleaned_data["people"].replace(",", " ").replace(";", " ").lower().split()))
        found = people_by_email(asked)
        if unknown := [address for address in asked if address not in found]:
            raise forms.ValidationError(
                _("Nobody has an account with: %(addresses)s"), params={"addresses": ", ".join(unknown)}
            )
        return [found[address] for address in asked]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        people, seats = given.get("people"), given.get("seats")
        if people is not None and "seats" in given:
            if not people and not seats:
                self.add_error("people", _("Name those who take part, or how many seats there are."))
            elif seats and len(people) > seats:
                self.add_error("seats", _("There are fewer seats than people."))
        return given

    @property
    def training(self) -> Training:
        """What a valid form asks for."""
        given = self.cleaned_data
        seats = given["seats"] or len(given["people"])
        return Training(Level(given["level"]), seats, given["for_group"], given["valid_days"], given["note"])


class AttendedForm(forms.Form):
    """Who of those with a seat attended; nobody is an answer too."""

    attended = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args: Any, session: TrainingSession, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(seat.person_id, str(seat.person)) for seat in session.taken_seats.all()]
        self.fields["attended"].choices = people  # type: ignore[attr-defined]
