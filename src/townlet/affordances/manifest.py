"""Affordance manifests: what can be done with which object, read from YAML and checked.

The format is a list of entries of two types. ``object``: id, object_type, stock, position.
``affordance`` (the default): id, object_type, duration, effects, preconds, hooks, and Townlet's own
``price``. Every fault is a sentence with file, line, entry and id.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from townlet.affordances.entries import Affordance, EntryReader, ManifestObject
from townlet.affordances.expressions import ExpressionError, Names, Program, compile_expression
from townlet.affordances.sentences import ManifestError, nearest, shown
from townlet.affordances.yaml_tree import Document, LineError, line_of
from townlet.named_files import content_of, note_path
from townlet_components.inventory import ITEMS

#: The manifest used when a config names none.
BUILTIN_PATH = Path(__file__).with_name("core.yaml")
#: What it is called where files are listed by name.
BUILTIN = "the built-in manifest"

#: Object types of the map generator and of the prototype's files; another may be a slip.
KNOWN_OBJECT_TYPES = (
    "bed", "fridge", "stove", "shower", "counter", "till", "treadmill", "bench", "desk",
    "workbench", "sink", "checkout", "stall", "plaza",
)  # fmt: skip
_STOCK_USED = (*ITEMS, "raw_ingredients")
_STOCK_ACCEPTED = ("power_on", "water_on", "sleep_slots", "sleep_capacity")


@dataclass(frozen=True)
class Manifest:
    """A checked manifest.

    Attributes:
        objects: entries of type object, in file order.
        affordances: entries of type affordance, in file order: the order of the actions.
        checksum: SHA-256 of the file's bytes, hexadecimal.
        path: the file.
        needs: the need names it was checked against.
        warnings: sentences about what has no effect and is probably a slip; errors when strict.
        notes: sentences about what is accepted and not used yet (some stock).
    """

    objects: tuple[ManifestObject, ...]
    affordances: tuple[Affordance, ...]
    checksum: str
    path: Path
    needs: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Affordance ids in file order."""
        return tuple(affordance.id for affordance in self.affordances)

    def metadata(self) -> dict[str, object]:
        """Path, checksum and counts, for telemetry and run summaries."""
        return {
            "path": str(self.path),
            "checksum": self.checksum,
            "object_count": len(self.objects),
            "affordance_count": len(self.affordances),
        }


def load_manifest(
    path: Path | str | None, needs: tuple[str, ...], strict: bool = False
) -> Manifest:
    """Read and check a manifest.

    Args:
        path: the file; None is the built-in manifest.
        needs: names of the needs; they decide which effects and ``needs.*`` exist.
        strict: warnings are errors.

    Raises:
        ManifestError: with one sentence per fault (of an entry the first).
    """
    file = BUILTIN_PATH if path is None else Path(path)
    if path is None:
        note_path(BUILTIN, file)
    return parse_manifest(read_bytes(file), file, needs, strict)


def parse_manifest(
    raw: bytes, path: Path, needs: tuple[str, ...], strict: bool = False
) -> Manifest:
    """Check the bytes of a manifest; see :func:`load_manifest`."""
    check = _Check(path, needs)
    document = Document(raw, path)
    for number, node in enumerate(_entries(document), start=1):
        check.take(EntryReader(document, node, number))
    check.together()
    faults = check.errors + (check.warnings if strict else [])
    if faults:
        raise ManifestError(*faults)
    return Manifest(
        objects=tuple(check.objects),
        affordances=tuple(check.affordances),
        checksum=hashlib.sha256(raw).hexdigest(),
        path=path,
        needs=tuple(needs),
        warnings=tuple(check.warnings),
        notes=tuple(check.notes),
    )


def read_bytes(path: Path) -> bytes:
    """The bytes of a manifest file, or a :class:`ManifestError`."""
    try:
        return content_of(path)
    except FileNotFoundError:
        raise ManifestError(f"{path}: there is no such manifest file") from None
    except OSError as error:
        raise ManifestError(f"{path}: cannot read the manifest ({error.strerror})") from None


def compile_preconds(affordance: Affordance, names: Names) -> list[Program]:
    """One program per precondition of an affordance; raises :class:`LineError`."""
    programs = []
    for text, line in zip(affordance.preconds, affordance.precond_lines, strict=True):
        try:
            programs.append(compile_expression(text, names))
        except ExpressionError as error:
            where = f"precondition {shown(text)}, column {error.column}"
            raise LineError(line, f"{where}: {error}") from None
    return programs


def _entries(document: Document) -> list[yaml.Node]:
    """The nodes of the list at the root."""
    root = document.root
    if root is None:
        raise ManifestError(f"{document.path}:1: the file is empty; a list of entries is expected")
    if not isinstance(root, yaml.SequenceNode):
        kind = "map" if isinstance(root, yaml.MappingNode) else "single value"
        where = f"{document.path}:{line_of(root)}"
        raise ManifestError(f"{where}: the root must be a list of entries, not a {kind}")
    return list(root.value)


class _Check:
    """Collects the entries of one file and what is to be said about them."""

    def __init__(self, path: Path, needs: tuple[str, ...]) -> None:
        self.path = path
        self.needs = tuple(needs)
        self.objects: list[ManifestObject] = []
        self.affordances: list[Affordance] = []
        self.labels: dict[str, str] = {}
        self.first: dict[str, int] = {}
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.notes: list[str] = []

    def sentence(self, label: str, line: int, message: str) -> str:
        """``file:line: entry 3 ('use_shower'): message``, the form of every sentence."""
        return f"{self.path}:{line}: {label}: {message}"

    def take(self, reader: EntryReader) -> None:
        """Read one entry, or note what is wrong with it."""
        try:
            entry = reader.read()
            if entry.id in self.first:
                first = self.first[entry.id]
                message = f"the id {entry.id!r} is already used by the entry at line {first}"
                raise LineError(entry.line, message)
        except LineError as fault:
            self.errors.append(self.sentence(reader.label, fault.line, fault.message))
            return
        self.first[entry.id] = entry.line
        self.labels[entry.id] = reader.label
        if isinstance(entry, ManifestObject):
            self.objects.append(entry)
        else:
            self.affordances.append(entry)

    def together(self) -> None:
        """Checks that need all entries: what names refer to, and what has no effect."""
        for thing in self.objects:
            self._stock(thing)
        names = Names(self.needs, tuple(affordance.id for affordance in self.affordances))
        for affordance in self.affordances:
            label = self.labels[affordance.id]
            self._effects(affordance, label)
            try:
                self._object_types(affordance, label, compile_preconds(affordance, names))
            except LineError as fault:
                self.errors.append(self.sentence(label, fault.line, fault.message))

    def _stock(self, thing: ManifestObject) -> None:
        """What a stock holds that the engine does not use."""
        label = self.labels[thing.id]
        for item in thing.stock:
            if item in _STOCK_ACCEPTED:
                message = f"stock of {item!r}: accepted, not used yet"
                self.notes.append(self.sentence(label, thing.line, message))
            elif item not in _STOCK_USED:
                message = f"stock of {item!r} has no effect, {nearest(item, _STOCK_USED)}"
                self.warnings.append(self.sentence(label, thing.line, message))

    def _effects(self, affordance: Affordance, label: str) -> None:
        """Effects without effect."""
        valid = (*self.needs, *ITEMS, "money")
        for name, value in affordance.effects.items():
            line = affordance.effect_lines[name]
            if name not in valid:
                message = f"effect {name!r} has no effect, {nearest(name, valid)}"
                self.warnings.append(self.sentence(label, line, message))
            elif name == "money" and value > 0:
                message = "effect 'money' above 0 has no payer and is ignored"
                self.warnings.append(self.sentence(label, line, message))

    def _object_types(self, affordance: Affordance, label: str, programs: list[Program]) -> None:
        """Object types named in preconditions that neither the file nor Townlet knows."""
        valid = {thing.object_type for thing in self.objects} | set(KNOWN_OBJECT_TYPES)
        valid |= {other.object_type for other in self.affordances}
        for program, line in zip(programs, affordance.precond_lines, strict=True):
            for vocabulary, word in program.unresolved:
                if vocabulary == "object_type" and word not in valid:
                    message = f"unknown object type {word!r}, {nearest(word, sorted(valid))}"
                    self.warnings.append(self.sentence(label, line, message))
