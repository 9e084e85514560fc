from pathlib import Path

import pytest

from townlet.errors import UserError
from townlet.report.folder import prepare_folder, run_folder, write_file

RUN = '{"state_hash": "00", "ticks": 1}'


def test_a_new_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_an_empty_folder_is_accepted(tmp_path: Path) -> None:
    prepare_folder(tmp_path)


def test_an_earlier_runs_folder_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text(RUN)
    (tmp_path / "notes.txt").write_text("mine")
    prepare_folder(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("summary", [None, "not json", "[]", '{"passed": 3}'])
def test_anything_else_is_refused(tmp_path: Path, summary: str | None) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    if summary is not None:  # somebody else's summary.json makes no run
        (tmp_path / "summary.json").write_text(summary)
    with pytest.raises(UserError, match=r"no summary\.json of an earlier run"):
        prepare_folder(tmp_path)


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(UserError, match="this is a file"):
        prepare_folder(tmp_path / "out")


def test_a_file_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    seen: list[bool] = []

    def write(path: Path) -> None:
        path.write_text("new")
        seen.append(target.exists())

    write_file(target, write)
    assert seen == [False]
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def write(path: Path) -> None:
        path.write_text("ne")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left") as caught:
        write_file(target, write)
    assert caught.value.filename == str(target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_inside_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(UserError, match="out is a file; name a folder"):
        prepare_folder(tmp_path / "out" / "deep" / "run")


def test_a_folder_that_cannot_be_made_is_the_users_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(UserError, match=r"it cannot be made \(Permission denied\)"):
        prepare_folder(tmp_path / "run")


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with run_folder(tmp_path):
        with pytest.raises(UserError, match="another run"), run_folder(tmp_path):
            pass
        with run_folder(tmp_path / "other"), run_folder(None):
            pass
    with run_folder(tmp_path / "other"):
        assert list((tmp_path / "other").iterdir()) == []
