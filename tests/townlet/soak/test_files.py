"""What a soak writes survives a kill at any byte: the journal, the record, the shelf."""

from __future__ import annotations

from pathlib import Path

import pytest

from townlet import Simulation, load_config
from townlet.errors import UserError
from townlet.soak.journal import Journal
from townlet.soak.record import FAULTED, SAVED, Record
from townlet.soak.shelf import Shelf

CONFIG = Path(__file__).parents[3] / "configs" / "small.yaml"


def test_a_line_that_was_cut_short_is_no_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    for tick in (3, 7):
        journal.add("hash", tick, hash="ab")
    journal.close()
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        kept = Journal(path)
        assert len(kept.entries) == whole[:cut].count(b"\n")
        kept.add("hash", 9, hash="cd")
        kept.close()
        assert [entry["tick"] for entry in Journal(path).entries][-1] == 9


def test_the_town_goes_back_in_time_and_its_processes_do_not(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    for kind, tick in (("start", 0), ("hash", 10), ("fault", 15), ("start", 20), ("hash", 20)):
        journal.add(kind, tick)
    gone = journal.rewind(10)
    assert [(entry["kind"], entry["tick"]) for entry in gone] == [("fault", 15), ("hash", 20)]
    left = [(entry["kind"], entry["tick"]) for entry in Journal(tmp_path / "journal.jsonl").entries]
    assert left == [("start", 0), ("hash", 10), ("start", 20)]


@pytest.fixture(scope="module")
def sim() -> Simulation:
    return Simulation.from_config(load_config(CONFIG), seed=1)


def test_the_record_is_whole_or_says_what_is_lost(tmp_path: Path, sim: Simulation) -> None:
    record = Record(tmp_path / "record")
    for end in (4, 9, 12):
        while record.now.start + len(record.now.ns) <= end:
            record.add((1000 + len(record.now.ns), 7), FAULTED if end == 9 else 0)
        record.sample(sim)
        record.put(record.take(sim))
    (tmp_path / "record" / ".9-ticks-half.npz").write_bytes(b"half")
    pages = Record(tmp_path / "record").all()
    assert len(pages["ns"]) == 12
    assert pages["cpu"].tolist() == [7] * 12
    assert pages["flags"].tolist() == [0] * 4 + [FAULTED] * 5 + [0] * 3
    assert len(pages["rss"]) == 3
    assert (pages["rss"] > 1 << 20).all()
    again = Record(tmp_path / "record")
    again.rewind(9)
    assert again.now.start == 10
    assert len(again.all()["ns"]) == 9
    next(path for path in (tmp_path / "record").iterdir() if "000000005" in path.name).unlink()
    with pytest.raises(UserError, match="the times of ticks 5 to 9 are lost"):
        Record(tmp_path / "record").rewind(9)


@pytest.mark.parametrize("left", [0, 10, 100, -10])
def test_a_damaged_part_of_the_record_is_a_sentence(
    tmp_path: Path, sim: Simulation, left: int
) -> None:
    record = Record(tmp_path / "record")
    record.add((1, 1), 0)
    record.put(record.take(sim))
    (path,) = (tmp_path / "record").iterdir()
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(UserError, match=rf"{path.name}: the file is damaged"):
        record.all()


def test_what_happens_after_a_tick_counts_as_part_of_it(tmp_path: Path) -> None:
    record = Record(tmp_path / "record")
    record.add((100, 30), 0)
    record.mark(SAVED, (50, 40))
    now = record.now
    assert (now.ns.tolist(), now.cpu.tolist(), now.flags.tolist()) == ([150], [70], [SAVED])


def test_what_is_taken_out_is_not_what_comes_after(tmp_path: Path, sim: Simulation) -> None:
    """Another thread may put it into a file while ticks go on."""
    record = Record(tmp_path / "record")
    record.add((1, 1), 0)
    part = record.take(sim)
    record.add((2, 2), 0)
    record.put(part)
    record.put(record.take(sim))
    record.put(record.take(sim))  # nothing since: no file
    assert len(list((tmp_path / "record").iterdir())) == 2
    assert record.all()["ns"].tolist() == [1, 2]


def test_the_shelf_keeps_the_last_and_takes_no_half(tmp_path: Path, sim: Simulation) -> None:
    shelf = Shelf(tmp_path / "snapshots", keep=2)
    for _ in range(3):
        sim.run(5)
        sim.save(shelf.path(sim.tick))
        shelf.prune()
    (tmp_path / "snapshots" / ".tick-000000099.safetensors.1.draft").write_bytes(b"half")
    shelf = Shelf(tmp_path / "snapshots", keep=2)
    ticks = [Shelf.tick_of(path) for path in shelf.newest_first()]
    assert ticks == [sim.tick, sim.tick - 5]
    assert len(list((tmp_path / "snapshots").iterdir())) == 2
    shelf.forget()
    assert shelf.newest_first() == []
