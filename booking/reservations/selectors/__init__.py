"""Reads of reservations: contexts and verdicts, availability, lists."""
