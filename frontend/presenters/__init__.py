"""Presenters: what the rooms answer, arranged for a template. They read, and write nothing."""
