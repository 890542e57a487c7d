"""Refusals: what is broken and not waived, and what would pass instead."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.models import Role
from accounts.viewers import Viewer
from booking.reservations.errors import RuleViolations, SlotTaken, WaiverRefused
from booking.reservations.models import Reservation, Waiver
from booking.reservations.rules.registry import Context, Violation, all_rules
from booking.reservations.selectors.offers import Alternative, blocks_time, windows_instead
from booking.reservations.selectors.verdicts import Verdict, verdict_on


def refuse_unless_waived(viewer: Viewer, reached: Verdict, waivers: Mapping[str, str]) -> dict[str, str]:
    """The waivers that were needed and rightly given. Raises: SlotTaken, RuleViolations, WaiverRefused."""
    for code, reason in waivers.items():
        if code not in all_rules() or not reason.strip():
            raise WaiverRefused
    left = [broken for broken in reached.violations if broken.code not in waivers]
    if left:
        raise refusal(left, reached.alternatives, reached.context.zone, **_stand_ins(reached.context, left))
    if needless := waivers.keys() - {broken.code for broken in reached.violations}:
        raise WaiverRefused(
            _("Nothing to waive: not broken is %(codes)s.") % {"codes": ", ".join(sorted(needless))}
        )
    for broken in reached.violations:
        if not _may_waive(viewer, broken, reached.context.institution_id):
            raise WaiverRefused
    return {broken.code: waivers[broken.code].strip() for broken in reached.violations}


def refusal(
    violations: Sequence[Violation], alternatives: Sequence[Alternative], zone: ZoneInfo, **extra: Any
) -> RuleViolations | SlotTaken:
    """409 when the time itself is taken or closed, else 422; both carry everything. extra: more to tell."""
    if not blocks_time(violations):
        return RuleViolations(violations, alternatives, zone.key)
    return SlotTaken(
        violations[0].message,
        violations=tuple(violations),
        alternatives=tuple(alternatives),
        zone=zone.key,
        **extra,
    )


def _stand_ins(context: Context, broken: Sequence[Violation]) -> dict[str, Any]:
    """Who else is free, where only the own operator is not: what a caller may choose from."""
    others = {other for absent in context.absent_operators for other in absent.others}
    if not others or all(each.code != "shared_resources_free" for each in broken):
        return {}
    return {"operators": [{"id": key, "name": name} for key, name in sorted(others, key=lambda each: each[::-1])]}


def told(taken: SlotTaken, read: Callable[[], Context]) -> SlotTaken:
    """The refusal with violations and alternatives. The constraint knows none, so the context is read anew.

    Called after the rollback, which let go of what had aborted the transaction.
    """
    return told_by(taken, lambda: verdict_on(read()))


def told_by(taken: SlotTaken, judge: Callable[[], Verdict]) -> SlotTaken:
    """As `told`, by the verdict that is reached anew."""
    if "violations" in taken.extra:
        return taken
    reached = judge()
    alternatives = reached.alternatives
    if not reached.violations:
        windows = windows_instead(reached.context, ())
        alternatives = tuple(Alternative(reached.context.instrument_id, window) for window in windows)
    return SlotTaken(
        next((broken.message for broken in reached.violations if blocks_time([broken])), ""),
        violations=reached.violations,
        alternatives=alternatives,
        zone=reached.context.zone.key,
        **_stand_ins(reached.context, reached.violations),
    )


def keep_waivers(viewer: Viewer, reservation: Reservation, given: Mapping[str, str]) -> None:
    """Store what was waived; a rule that was waived before gets the new reason."""
    for code, reason in given.items():
        Waiver.objects.update_or_create(
            reservation_id=reservation.pk, code=code, defaults={"reason": reason, "by_id": viewer.person_id}
        )


def _may_waive(viewer: Viewer, broken: Violation, institution_id: int) -> bool:
    if not broken.waivable_by:
        return False
    return viewer.is_platform_admin or institution_id in viewer.institutions_as(*map(Role, broken.waivable_by))
