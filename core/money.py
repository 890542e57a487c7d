"""Money is an integer of fen (1/100 yuan), shown with two decimals; never a float."""

from datetime import timedelta

CURRENCY = "CNY"


def yuan(amount_fen: int) -> str:
    """`123456` fen → `1,234.56`."""
    sign = "-" if amount_fen < 0 else ""
    whole, rest = divmod(abs(amount_fen), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def share(amount_fen: int, percent: int) -> int:
    """A part of an amount, rounded half up to whole fen."""
    return (amount_fen * percent + 50) // 100


def for_duration(hourly_fen: int, duration: timedelta) -> int:
    """What a duration costs at a price per hour, rounded half up to whole fen.

    Source: worked facts of the domain, 50 minutes at 73.20 an hour are 61.00.
    """
    seconds = int(duration.total_seconds())
    return (2 * hourly_fen * seconds + 3600) // 7200
