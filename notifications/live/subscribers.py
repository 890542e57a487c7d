"""What happened in calendars becomes hints, once it is committed."""

from functools import partial

from django.db import transaction

from booking.calendars.events import CalendarChanged
from core.events import subscribe
from notifications.live.broadcast import Hint, broadcaster


@subscribe(CalendarChanged)
def hint_at_change(event: CalendarChanged) -> None:
    """Tell the sockets after commit; a rollback tells nobody."""
    hint = Hint(event.instrument_id, event.revision, event.starts_at, event.ends_at)
    transaction.on_commit(partial(broadcaster.send, hint), robust=True)
