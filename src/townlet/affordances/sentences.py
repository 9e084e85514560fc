"""Words for errors: the error class of this package and the nearest valid name."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable

from townlet.errors import UserError

_quote = reprlib.Repr()
_quote.maxstring = _quote.maxother = 80


class ManifestError(UserError):
    """A manifest cannot be used.

    Attributes:
        sentences: one sentence per fault found, each with ``file:line``, entry and id;
            ``str(error)`` is the first of them.
    """

    def __init__(self, *sentences: str) -> None:
        super().__init__(sentences[0])
        self.sentences = sentences


def nearest(word: str, valid: Iterable[str]) -> str:
    """The end of a sentence about an unknown ``word``: the nearest valid name, or all of them."""
    names = list(dict.fromkeys(valid))
    close = difflib.get_close_matches(word, names, 1, 0.5)
    if not close:  # a short name inside a long one scores low: compare without case and path too
        lower = word.lower().rsplit(".", 1)[-1]
        close = [name for name in names if lower and lower in name.lower()][:1]
    if close:
        return f"the nearest valid name is {close[0]!r}"
    return "valid names are " + ", ".join(names) if names else "none is known"


def shown(value: object) -> str:
    """``value`` as a sentence quotes it: on one line, shortened when it is long."""
    return _quote.repr(value).replace("\n", " ")
