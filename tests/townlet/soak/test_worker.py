"""A worker goes on from what is whole, ends as if nothing had been, and tells what is broken."""

from __future__ import annotations

import itertools
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.townlet.soak.runs import Deaf, plan, run

from townlet import Simulation
from townlet.errors import UserError
from townlet.invariants import Finding
from townlet.snapshot import SnapshotError, inspect, load
from townlet.snapshot.errors import NotWrittenError
from townlet.soak.journal import Journal
from townlet.soak.plan import check_cadence, fault_cadence, read_plan
from townlet.soak.report import write_report
from townlet.soak.worker import Worker


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A soak that ran from the first tick to the last in one go."""
    return run(tmp_path_factory.mktemp("straight"), plan())


def end(worker: Any) -> tuple[str, str]:
    entry = worker.journal.of("end")[-1]
    return entry["why"], entry["hash"]


def test_a_soak_under_all_faults_breaks_nothing(straight: Any) -> None:
    assert straight.journal.of("violation") == []
    assert end(straight)[0] == "ticks"
    assert len({entry["name"] for entry in straight.journal.of("fault")}) == 6
    assert len(straight.shelf.newest_first()) == 2
    assert len(straight.record.all()["ns"]) == 450


def test_a_save_leaves_ticks_alone_that_have_enough_to_do(straight: Any) -> None:
    """No hash and no end of a day falls into its tick, nor a look before it; it comes later."""
    saves = [entry["tick"] for entry in straight.journal.of("save")]
    assert saves == [104, 204, 304, 404, 450]
    assert [entry["tick"] for entry in straight.journal.of("hash")] == list(range(50, 451, 50))


def test_the_journal_names_a_snapshot_when_it_is_on_the_disk(
    tmp_path: Path, straight: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ticks go on beside the writer; a process that ends before has nothing to rewind but files."""
    gate, sync, shown = threading.Event(), os.fsync, list[int]()

    def held(file: int) -> None:
        if threading.current_thread() is not threading.main_thread():
            assert gate.wait(60)
        sync(file)

    class Watching(Deaf):
        def reached(self, tick: int) -> None:
            shown.append(tick)
            if tick > 120:
                assert gate.is_set() or not saves_of(tmp_path)
                gate.set()

    monkeypatch.setattr("townlet.snapshot.tensors.os.fsync", held)
    monkeypatch.setattr("townlet.soak.worker.time.monotonic", itertools.count().__next__)
    plan().write(tmp_path)
    worker = Worker(tmp_path, plan(), Watching())
    worker.run(Deaf())
    assert 104 in shown
    assert 105 in shown, "it did not wait"
    assert saves_of(tmp_path) == [104, 204, 304, 404, 450]
    assert end(worker) == end(straight)


def saves_of(folder: Path) -> list[int]:
    return [entry["tick"] for entry in Journal(folder / "journal.jsonl").of("save")]


@pytest.mark.parametrize(
    "writes", ["townlet.snapshot.tensors.os.fsync", "townlet.soak.record._save"]
)
def test_a_disk_that_is_full_ends_the_soak_and_it_can_go_on(
    tmp_path: Path, straight: Any, monkeypatch: pytest.MonkeyPatch, writes: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    class Filling(Deaf):
        def saving(self, tick: int) -> None:
            if tick > 150:
                monkeypatch.setattr(writes, full)

    plan().write(tmp_path)
    worker = Worker(tmp_path, plan(), Filling())
    with pytest.raises((OSError, SnapshotError), match="No space left"):
        worker.run(Deaf())
    worker._background.close()  # as a program does that ends; the disk is still full
    monkeypatch.undo()
    assert saves_of(tmp_path) == [104]
    worker = run(tmp_path, plan())
    assert [e["tick"] for e in worker.journal.of("start")] == [0, 104]
    assert end(worker) == end(straight)


@pytest.mark.parametrize("stops", [(1,), (100, 300), (99, 100, 101, 400)])
def test_a_soak_that_is_stopped_and_resumed_is_the_same(
    tmp_path: Path, straight: Any, stops: tuple[int, ...]
) -> None:
    for tick in stops:
        worker = run(tmp_path, plan(save_every=max(tick % 100, 50)), stop_at=tick)
        assert end(worker)[0] == "interrupted"
    worker = run(tmp_path, plan())
    assert end(worker) == end(straight)
    assert worker.record.all()["flags"].shape == (450,)
    hashes = [(entry["tick"], entry["hash"]) for entry in worker.journal.of("hash")]
    assert hashes == [(e["tick"], e["hash"]) for e in straight.journal.of("hash")]


def test_a_damaged_snapshot_is_refused_and_the_one_before_taken(
    tmp_path: Path, straight: Any
) -> None:
    worker = run(tmp_path, plan(), stop_at=300)
    newest = worker.shelf.newest_first()[0]
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 4
    newest.write_bytes(data)
    worker = run(tmp_path, plan())
    assert [e["tick"] for e in worker.journal.of("start")] == [0, 204]
    (refused,) = worker.journal.of("refused")
    assert newest.name in refused["sentence"]
    assert newest.with_name(f"{newest.name}.damaged").read_bytes() == bytes(data)
    assert end(worker) == end(straight)


def test_a_snapshot_that_only_another_townlet_reads_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused for another reason than damage is good elsewhere, and nothing begins anew."""
    worker = run(tmp_path, plan(), stop_at=200)
    kept = worker.shelf.newest_first()
    monkeypatch.setattr("townlet.snapshot.header.FORMAT", (0, 9))
    with pytest.raises(SnapshotError, match="this Townlet knows"):
        run(tmp_path, plan())
    assert kept == worker.shelf.newest_first() != []


def test_a_full_disk_does_not_hide_what_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = run(tmp_path, plan(faults=()), stop_at=100)
    pennies = [Finding("two pennies more", "town", (0,), 1)]

    def full(*_: object, **__: object) -> None:
        raise NotWrittenError("no room for a snapshot")

    monkeypatch.setattr("townlet.soak.worker.save", full)
    with pytest.raises(NotWrittenError, match="no room"):
        worker._violate("money_adds_up", pennies)
    with pytest.raises(NotWrittenError, match="no room"):
        worker.fail(ZeroDivisionError("by nothing"))
    told = [entry["sentence"] for entry in worker.journal.of("violation")]
    assert told == ["two pennies more", "ZeroDivisionError: by nothing"]

    def refused(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(worker.journal, "add", refused)
    with pytest.raises(NotWrittenError, match=r"money_adds_up: two pennies more; this could not"):
        worker._violate("money_adds_up", pennies)


def test_without_a_whole_snapshot_it_begins_anew(tmp_path: Path, straight: Any) -> None:
    worker = run(tmp_path, plan(), stop_at=200)
    for path in worker.shelf.newest_first():
        path.write_bytes(path.read_bytes()[:1000])
    assert end(run(tmp_path, plan())) == end(straight)


def test_another_world_after_a_resume_is_a_violation(tmp_path: Path) -> None:
    """Entries of the hash log that were made twice have to be equal."""
    worker = run(tmp_path, plan(), stop_at=300)
    worker.shelf.newest_first()[0].unlink()
    path, (told,) = (
        tmp_path / "journal.jsonl",
        [entry["hash"] for entry in worker.journal.of("hash") if entry["tick"] == 250],
    )
    path.write_text(path.read_text().replace(told, "0123456789abcdef"))
    worker = run(tmp_path, plan())
    (found,) = worker.journal.of("violation")
    assert (found["invariant"], found["tick"]) == ("a_resumed_run_is_the_same", 250)
    assert f"the state hash is {told}; before it was 0123456789abcdef" in found["sentence"]


def break_at(patch: pytest.MonkeyPatch, tick: int) -> None:
    """From a tick on somebody is paid out of nowhere."""
    true = Simulation.run

    def run_and_pay(self: Simulation, ticks: int) -> Simulation:
        true(self, ticks)
        if self.tick >= tick:
            self.column("Wallet.money")[5] = np.int64(-7)
        return self

    patch.setattr(Simulation, "run", run_and_pay)


def test_what_is_broken_is_told_with_tick_rows_and_a_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(monkeypatch, 125)
    worker = run(tmp_path, plan(faults=()))
    assert end(worker)[0] == "violation"
    found = {entry["invariant"]: entry for entry in worker.journal.of("violation")}
    assert {"money_adds_up", "wallets_are_not_negative"} <= found.keys()
    told = found["wallets_are_not_negative"]
    assert (told["tick"], told["table"], told["rows"]) == (148, "agent", [5])
    assert told["sentence"].startswith("agent 5 of town 0 has a negative wallet")
    assert inspect(tmp_path / told["snapshot"]).tick == 148
    summary, _ = write_report(tmp_path, plan(faults=()))
    assert summary["first_broken"] == {"tick": 125, "snapshot": "violation-000000125.safetensors"}
    assert load(tmp_path / "violation-000000125.safetensors").column("Wallet.money")[5] == -7
    page = (tmp_path / "report.html").read_text()
    assert "Found broken" in page
    assert "it begins in tick 125" in page


def test_an_exception_of_the_engine_is_kept_with_where_it_stood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = run(tmp_path, plan(faults=()), stop_at=100)
    worker.journal.add("start", 100)
    worker.fail(ZeroDivisionError("by nothing"))
    (found,) = worker.journal.of("violation")
    assert found["sentence"] == "ZeroDivisionError: by nothing"
    assert not inspect(tmp_path / found["snapshot"]).complete


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan(minutes=1.5).write(tmp_path)
    assert read_plan(tmp_path) == plan(minutes=1.5)
    (tmp_path / "soak.json").write_text('{"format": 1}')
    with pytest.raises(UserError, match=r"soak\.json: it is no plan of a soak"):
        read_plan(tmp_path)
    (tmp_path / "soak.json").write_text('{"form')
    with pytest.raises(UserError, match="it cannot be read"):
        read_plan(tmp_path)


def test_large_and_long_soaks_are_checked_less_often() -> None:
    assert check_cadence(64, 1000) == 61
    assert check_cadence(1_000_000, 2880) == 201
    assert check_cadence(1000, 1_000_000) == 251
    assert (fault_cadence(1000), fault_cadence(1_000_000)) == (120, 1440)
