"""Reloading a manifest while a town runs: dry-run parse, checksum, and only what may change.

A bad file changes nothing. The actions of a running town are fixed, so a reload may change
durations, effects, preconditions, prices and hooks, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from townlet.affordances.manifest import BUILTIN_PATH, Manifest, load_manifest, parse_manifest
from townlet.affordances.sentences import ManifestError
from townlet.errors import UserError
from townlet.watched import WatchedFile


@dataclass(frozen=True)
class ReloadResult:
    """What became of a changed file: a new manifest, or the sentence that says why not."""

    manifest: Manifest | None
    error: str | None


class ManifestWatcher:
    """Notices that a manifest has changed; ask it between ticks.

    Args:
        path: the file; None is the built-in manifest.
        needs: the town's needs.
        current: the manifest in use; None: read it now.
        strict: warnings are errors.

    Raises:
        ManifestError: the file cannot be used at the start.
    """

    def __init__(
        self,
        path: Path | str | None,
        needs: tuple[str, ...],
        current: Manifest | None = None,
        strict: bool = False,
    ) -> None:
        self.path = BUILTIN_PATH if path is None else Path(path)
        self.needs = tuple(needs)
        self.strict = strict
        self.current = current or load_manifest(self.path, self.needs, strict)
        #: The last content that was good, once there is one.
        self.text = b""
        self._file = WatchedFile(self.path, self.current.checksum)

    def poll(self) -> ReloadResult | None:
        """None while the file is as it was; each change is answered once.

        A refused change leaves ``current`` as it is; after a good one ``current`` is the new
        manifest. Compile it (``compile_affordances``) before the town is touched.
        """
        try:
            found = self._file.poll()
        except UserError as error:
            return ReloadResult(None, str(error))
        return None if found is None else self.take(found[0])

    def take(self, raw: bytes) -> ReloadResult:
        """What becomes of this content, as if the file held it."""
        try:
            manifest = parse_manifest(raw, self.path, self.needs, self.strict)
            refuse_difference(self.current, manifest)
        except UserError as error:
            return ReloadResult(None, str(error))
        self.text = raw
        self._file.used, self.current = manifest.checksum, manifest
        return ReloadResult(manifest, None)


def refuse_difference(old: Manifest, new: Manifest) -> None:
    """Raise :class:`ManifestError` if ``new`` may not replace ``old`` in a running town."""
    reason = _difference(old, new)
    if reason is not None:
        raise ManifestError(f"{new.path}: {reason} while the town runs; start it again for that")


def _difference(old: Manifest, new: Manifest) -> str | None:
    """What makes ``new`` another set of actions or objects, None when nothing does."""
    added = [name for name in new.ids if name not in old.ids]
    removed = [name for name in old.ids if name not in new.ids]
    if added or removed:
        changes = [f"adds {name!r}" for name in added] + [f"removes {name!r}" for name in removed]
        return f"the change {' and '.join(changes)}, but the affordances are fixed"
    if old.ids != new.ids:
        return "the change puts the affordances in another order, but it is fixed"
    for before, after in zip(old.affordances, new.affordances, strict=True):
        if before.object_type != after.object_type:
            kinds = f"from {before.object_type!r} to {after.object_type!r}"
            return f"the change moves {before.id!r} {kinds}, but object types are fixed"
    placed = [[(t.id, t.object_type, t.position, t.stock) for t in m.objects] for m in (old, new)]
    if placed[0] != placed[1]:
        return "the change alters object entries, but objects are fixed"
    return None
