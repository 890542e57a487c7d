"""Addresses of the desk and the review."""

from django.urls import include, path

from frontend.pages import (
    desk,
    desk_closures,
    desk_form,
    desk_holidays,
    desk_hours,
    desk_instruments,
    desk_people,
    desk_repeating,
    desk_replanning,
    desk_replay,
    desk_requests,
    desk_status,
    desk_terms,
    desk_upkeep,
    desk_waitlist,
    review,
)

_INSTRUMENT = [
    path("", desk_instruments.edit, name="desk-instrument-edit"),
    path("publish/", desk_status.publish, name="desk-instrument-publish"),
    path("suspend/", desk_status.suspend, name="desk-instrument-suspend"),
    path("hours/", desk_hours.hours, name="desk-instrument-hours"),
    path("hours/inherit/", desk_hours.inherit, name="desk-instrument-inherit"),
    path("form/", desk_form.questions, name="desk-instrument-form"),
    path("rules/", desk_terms.rules, name="desk-instrument-rules"),
    path("rules/replay/", desk_replay.replay_rules, name="desk-instrument-replay"),
    path("places/", desk_terms.places, name="desk-instrument-places"),
    path("prices/", desk_terms.prices, name="desk-instrument-prices"),
    path("closures/", desk_closures.closures, name="desk-instrument-closures"),
    path("closures/<int:closure_id>/remove/", desk_closures.remove, name="desk-closure-remove"),
    path("waitlist/", desk_waitlist.waitlist, name="desk-instrument-waitlist"),
    path("waitlist/<int:entry_id>/remove/", desk_waitlist.remove, name="desk-waitlist-remove"),
    path("repeating/", desk_repeating.create, name="desk-repeating-create"),
    path("repeating/<int:repeating_id>/withdraw/", desk_repeating.withdraw, name="desk-repeating-withdraw"),
    path("occurrences/<int:occurrence_id>/skip/", desk_repeating.skip, name="desk-occurrence-skip"),
    path("replanning/", desk_replanning.replanning, name="desk-instrument-replanning"),
    path("upkeep/", desk_upkeep.upkeep, name="desk-instrument-upkeep"),
    path("upkeep/faults/<int:fault_id>/resolve/", desk_upkeep.resolve, name="desk-fault-resolve"),
    path("upkeep/plans/", desk_upkeep.plan, name="desk-plan-create"),
    path("upkeep/plans/<int:plan_id>/withdraw/", desk_upkeep.withdraw, name="desk-plan-withdraw"),
]

urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("desk/sheets/<int:instrument_id>/", desk.sheet, name="desk-sheet"),
    path("desk/requests/", desk_requests.requests, name="desk-requests"),
    path("desk/requests/<int:reservation_id>/approve/", desk_requests.approve, name="desk-request-approve"),
    path("desk/requests/<int:reservation_id>/decline/", desk_requests.decline, name="desk-request-decline"),
    path("desk/replanning/", desk_replanning.overview, name="desk-replanning"),
    path("desk/qualifications/", desk_people.qualifications, name="desk-qualifications"),
    path(
        "desk/qualifications/<int:qualification_id>/revoke/", desk_people.revoke, name="desk-qualification-revoke"
    ),
    path("desk/appeals/", desk_people.appeals, name="desk-appeals"),
    path("desk/appeals/<int:appeal_id>/decide/", desk_people.decide, name="desk-appeal-decide"),
    path("desk/agreement/", desk_people.agreement, name="desk-agreement"),
    path("desk/holidays/", desk_holidays.holidays, name="desk-holidays"),
    path("desk/holidays/<int:institution_id>/observe/", desk_holidays.observe, name="desk-holidays-observe"),
    path("desk/instruments/", desk_instruments.instruments, name="desk-instruments"),
    path("desk/instruments/new/", desk_instruments.create, name="desk-instrument-create"),
    path("desk/instruments/<int:instrument_id>/", include(_INSTRUMENT)),
    path("review/", review.review, name="review"),
    path("review/export/", review.export, name="review-export"),
]
