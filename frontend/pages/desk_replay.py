"""Trying values of rules on past bookings before they are saved."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from booking.reservations.selectors.policy_levels import policy_at
from booking.reservations.selectors.replay import replay
from frontend.forms.desk_rules import PeriodForm, RulesForm
from frontend.pages.desk_parts import managed
from frontend.pages.desk_terms import rules_page
from frontend.pages.posting import posted_from
from frontend.presenters.replay import replay_in_words


@posted_from("desk-instrument-rules", "instrument_id")
@never_cache
def replay_rules(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """What the values in the form would have refused. Nothing is saved, and the form keeps what was typed."""
    instrument = managed(request, instrument_id)
    form, period = RulesForm(request.POST, policy=policy_at(instrument)), PeriodForm(request.POST)
    if not (form.is_valid() and period.is_valid()):
        return rules_page(request, instrument, form=form, period_form=period, status=422)
    changes = {(code, ""): value for code, value in form.changes.items()}
    replayed = replay_in_words(replay(instrument, changes, months=period.chosen), are_changed=bool(changes))
    return rules_page(request, instrument, form=form, period_form=period, replayed=replayed)
