"""Errors a person can mend: one sentence, a documented exit code, no traceback."""


class UserError(Exception):
    """The input was wrong; ``str(error)`` is the whole sentence the user reads.

    The command line prints it on stderr and exits with ``exit_code`` (SPEC §1).
    """

    exit_code = 2


class CheckFailed(AssertionError):  # noqa: N818  (reads as a verdict in a test report)
    """A conformance check failed; the sentence says what broke which rule, and where."""
