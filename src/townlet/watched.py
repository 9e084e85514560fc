"""A file that is watched while a town runs: has it changed, and what does it hold now?"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from townlet.errors import UserError

#: A file changed less than this before it was read may change again within the same time stamp.
_SETTLED_NS = 2_000_000_000


class WatchedFile:
    """Notices that a file has changed; ask it between ticks.

    Attributes:
        path: the file.
        used: checksum (SHA-256, hexadecimal) of the content in use; set it when that changes.
    """

    def __init__(self, path: Path, used: str) -> None:
        self.path, self.used = path, used
        self._seen = used
        self._stamp: tuple[int, int, int] | None = None

    def poll(self) -> tuple[bytes, str] | None:
        """New content and its checksum, once; None while there is none, or it is in use.

        Raises:
            UserError: the file cannot be read; said once.
        """
        try:
            raw = self.path.read_bytes() if self._touched() else None
        except OSError as error:
            if self._seen == "missing":
                return None
            self._seen = "missing"
            raise UserError(f"{self.path}: cannot read it ({error.strerror})") from None
        checksum = self._seen if raw is None else hashlib.sha256(raw).hexdigest()
        if raw is None or checksum == self._seen:
            return None
        self._seen = checksum
        return None if checksum == self.used else (raw, checksum)

    def _touched(self) -> bool:
        """Has the file's time stamp, size or identity changed, or could it without a trace?"""
        stat = self.path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if stamp == self._stamp:
            return False
        # A young file keeps no stamp: it is read again until two seconds have passed.
        settled = time.time_ns() - stat.st_mtime_ns > _SETTLED_NS
        self._stamp = stamp if settled else None
        return True
