"""Errors a person can mend: one sentence, a documented exit code, no traceback."""


class UserError(Exception):
    """The input was wrong; ``str(error)`` is the whole sentence the user reads.

    The command line prints it on stderr and exits with ``exit_code`` (SPEC §1).
    """

    exit_code = 2
