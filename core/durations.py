"""Lengths of time as people read them, the same in messages, pages and forms."""

from django.utils.translation import ngettext


def in_words(minutes: int) -> str:
    """`45 minutes`, `4 hours`, `1 hour 30 minutes`; days stay hours, because days differ where clocks change."""
    hours, rest = divmod(minutes, 60)
    parts = [ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}] if hours else []
    if rest or not hours:
        parts.append(ngettext("%(count)d minute", "%(count)d minutes", rest) % {"count": rest})
    return " ".join(parts)
