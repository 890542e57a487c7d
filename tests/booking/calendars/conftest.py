"""What the tests of opening hours share."""

import pytest

from booking.calendars.models import OpeningProfile


@pytest.fixture
def nowhere_open(db: None) -> None:
    """Nobody has opening hours yet, the platform neither."""
    OpeningProfile.objects.all().delete()
