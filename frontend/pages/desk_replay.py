"""Trying values of rules on past bookings before they are saved."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from booking.reservations.selectors.policy_levels import policy_at
from booking.reservations.selectors.replay import replay
from frontend.forms.desk_rules import PeriodForm, RulesForm
from frontend.pages.desk_parts import managed
from frontend.pages.desk_terms import rules_page
from frontend.presenters.replay import replay_in_words


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def replay_rules(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """What the values in the form would have refused. Nothing is saved, and the form keeps what was typed."""
    instrument = managed(request, instrument_id)
    if request.method != "POST":
        return redirect("desk-instrument-rules", instrument.pk)
    form, period = RulesForm(request.POST, policy=policy_at(instrument)), PeriodForm(request.POST)
    if not (form.is_valid() and period.is_valid()):
        return rules_page(request, instrument, form=form, period_form=period, status=422)
    changes = {(code, ""): value for code, value in form.changes.items()}
    replayed = replay_in_words(replay(instrument, changes, months=period.chosen), are_changed=bool(changes))
    return rules_page(request, instrument, form=form, period_form=period, replayed=replayed)
