"""A verdict: what a wish to book would cost, which rules it breaks, what would pass instead."""

from dataclasses import dataclass
from datetime import datetime

from accounts.viewers import Viewer
from booking.pricing.quotes import Quote, hourly_quote
from booking.reservations.models import Kind
from booking.reservations.rules.registry import USES, Context, Violation, evaluate
from booking.reservations.selectors.approval import to_be_decided_until
from booking.reservations.selectors.beneficiaries import refuse_strangers
from booking.reservations.selectors.contexts import read_context
from booking.reservations.selectors.offers import Alternative, windows_instead, with_nearest
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a wish, without writing anything. violations empty: it could be booked.

    request_until: when the request expires that booking would make; None: it needs no approval.
    """

    context: Context
    quote: Quote
    violations: tuple[Violation, ...]
    alternatives: tuple[Alternative, ...]
    request_until: datetime | None = None

    @property
    def ok(self) -> bool:
        return not self.violations


def verdict(
    *,
    viewer: Viewer,
    instrument: Instrument,
    window: TimeWindow,
    places: int = 1,
    account_id: int | None = None,
    on_behalf: bool = False,
    excluding: int | None = None,
    operator: int | None = None,
    declares: bool | None = None,
    mode: str = "",
) -> Verdict:
    """The same verdict that booking would reach now. One statement, one more when something is broken.

    on_behalf: for a firm that is not the viewer's own. excluding: one's own hold that would become the booking.
    declares: whether samples are declared; None: not asked yet. mode: the access mode, empty: the first offered.
    Raises: NotSignedIn, Forbidden, FirmUnknown, NotFound.
    """
    refuse_strangers(viewer, account_id, behalf_at=instrument.institution_id if on_behalf else None)
    context = read_context(
        viewer=viewer,
        instrument_id=instrument.pk,
        window=window,
        tier=viewer.tier_at(instrument.institution_id, account_id),
        kind=Kind.USE,
        places=places,
        user_id=None if on_behalf else viewer.user_id,
        account_id=account_id,
        operating_id=viewer.user_id,
        excluding=excluding,
        operator=operator,
        declares=declares,
        mode=mode,
    )
    return verdict_on(context)


def verdict_on(context: Context, *, with_alternatives: bool = True) -> Verdict:
    """Judge a context that was read: violations with their nearest windows, price, alternatives.

    with_alternatives: whether to look for other windows where something is broken.
    """
    hourly_fen = context.hourly_fen if context.kind in USES else None  # nobody pays for a closure
    quote = hourly_quote(hourly_fen, context.window, context.places)
    violations = evaluate(context)
    windows = windows_instead(context, violations) if violations and with_alternatives else []
    return Verdict(
        context=context,
        quote=quote,
        violations=tuple(with_nearest(violations, windows)),
        alternatives=tuple(Alternative(context.instrument_id, window) for window in windows),
        request_until=to_be_decided_until(context, quote),
    )
