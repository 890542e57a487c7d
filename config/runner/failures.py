"""What stops run.py: one clear sentence and an exit code."""


class Failure(Exception):
    """Something went wrong while working; the sentence says what and where to look."""

    exit_code = 1


class Refusal(Failure):
    """The machine or the arguments don't allow it; nothing has been changed."""

    exit_code = 2
