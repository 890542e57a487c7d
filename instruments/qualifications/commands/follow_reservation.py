"""Let a training follow the reservation of its time."""

from django.db import transaction
from psycopg.types.range import TimestamptzRange

from core import clock
from core.history import acting
from core.windows import TimeWindow
from instruments.qualifications.models import TrainingSession


@transaction.atomic
def follow_reservation(*, reservation_id: int, window: TimeWindow | None) -> bool:
    """Move the training to its reservation's window; window None: the time was given back, so it is called off.

    Returns whether there was one to change. Completed trainings stay as they are. Safe to repeat.
    """
    with acting(actor_id=None, command="follow_reservation"):
        open_ones = TrainingSession.objects.filter(
            reservation=reservation_id, completed_at__isnull=True, cancelled_at__isnull=True
        )
        if window is None:
            return open_ones.update(cancelled_at=clock.now()) > 0
        return open_ones.update(during=TimestamptzRange(window.starts_at, window.ends_at)) > 0
