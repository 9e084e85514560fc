from __future__ import annotations

import os
from pathlib import Path

import pytest

from townlet.affordances import ManifestError, ManifestWatcher

NEEDS = ("hunger", "hygiene", "energy")
TEXT = """\
- {type: object, id: bed_1, object_type: bed}
- {id: nap, object_type: bed, duration: 5, effects: {energy: 0.1}}
- {id: doze, object_type: bed, duration: 9, effects: {energy: 0.1}}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "m.yaml"
    file.write_text(TEXT, encoding="utf-8")
    return file


def test_a_good_change_is_answered_once(path: Path) -> None:
    watcher = ManifestWatcher(path, NEEDS)
    before = watcher.current
    assert watcher.poll() is None
    path.write_text(TEXT.replace("duration: 5", "duration: 6, preconds: power_on"))
    result = watcher.poll()
    assert result is not None
    assert result.error is None
    assert result.manifest is watcher.current
    assert watcher.current.affordances[0].duration == 6
    assert watcher.current.checksum != before.checksum
    assert watcher.poll() is None


def test_a_touched_file_is_not_a_change(path: Path) -> None:
    watcher = ManifestWatcher(path, NEEDS)
    watcher.poll()
    os.utime(path, ns=(1, 1))
    assert watcher.poll() is None


def test_an_old_file_is_not_read_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = ManifestWatcher(path, NEEDS)
    os.utime(path, ns=(1, 1))
    watcher.poll()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda _: pytest.fail("read without need"))
        assert watcher.poll() is None


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("duration: 5", "duration: -5", "m.yaml:2: entry 2 ('nap'): duration must be"),
        (
            "- {id: nap",
            "- {id: rest",
            "adds 'rest' and removes 'nap', but the affordances are fixed",
        ),
        (
            "nap, object_type: bed",
            "nap, object_type: sofa",
            "moves 'nap' from 'bed' to 'sofa', but object types are fixed while the town runs",
        ),
        ("bed_1", "bed_2", "alters object entries, but objects are fixed while the town runs"),
    ],
)
def test_a_bad_change_changes_nothing(path: Path, old: str, new: str, sentence: str) -> None:
    watcher = ManifestWatcher(path, NEEDS)
    before = watcher.current
    path.write_text(TEXT.replace(old, new))
    result = watcher.poll()
    assert result is not None
    assert result.manifest is None
    assert result.error is not None
    assert sentence in result.error
    assert "\n" not in result.error
    assert watcher.poll() is None
    assert watcher.current is before
    path.write_text(TEXT)  # undone: nothing to report
    assert watcher.poll() is None
    path.write_text(TEXT.replace(old, new))  # the same mistake again is reported again
    assert watcher.poll() == result


def test_order_is_fixed(path: Path) -> None:
    watcher = ManifestWatcher(path, NEEDS)
    lines = TEXT.splitlines()
    path.write_text("\n".join([lines[0], lines[2], lines[1]]))
    result = watcher.poll()
    assert result is not None
    assert "in another order" in str(result.error)


def test_a_file_that_goes_and_returns(path: Path) -> None:
    watcher = ManifestWatcher(path, NEEDS)
    watcher.poll()
    path.unlink()
    result = watcher.poll()
    assert result is not None
    assert "cannot read it" in str(result.error)
    assert watcher.poll() is None
    path.write_text(TEXT)
    assert watcher.poll() is None
    path.write_text(TEXT.replace("duration: 5", "duration: 7"))
    result = watcher.poll()
    assert result is not None
    assert result.manifest is not None


def test_the_first_file_must_be_good(path: Path) -> None:
    path.write_text("{}")
    with pytest.raises(ManifestError, match="the root must be a list"):
        ManifestWatcher(path, NEEDS)
