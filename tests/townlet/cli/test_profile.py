"""`townlet profile` on a real, small town: what a user types and gets."""

from __future__ import annotations

import errno
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from townlet import cli
from townlet.cli import profile as command
from townlet.cli.run import build
from townlet.ecs.runtime import Threading
from townlet.profiling import measure as measuring
from townlet.profiling.reference import Speed

COST = {
    "ns_per_tick", "ns_per_agent", "p50", "p95", "p99", "max", "per_agent", "share", "over", "rows",
    "bytes", "gb_per_s", "roofline_share", "splits",
}  # fmt: skip


class Steady:
    """A machine that is always as fast; the real reference takes 192 MB."""

    speed = Speed(30.0, 29.0, 2.0, 2.1)

    def __init__(self, threads: int) -> None:
        assert threads >= 1

    def measure(self) -> Speed:
        return self.speed


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("townlet.profiling.reference.Reference", Steady)


@pytest.fixture
def town(tmp_path: Path) -> str:
    path = tmp_path / "town.yaml"
    path.write_text("config_id: smalltown\nworld: {agents: 8}\n")
    return str(path)


def words(town: str, *more: str) -> list[str]:
    return ["profile", town, *more]


def answer(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> dict[str, Any]:
    assert cli.main([*argv, "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert cli.main(list(argv)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    return err


def test_json_has_systems_wall_time_and_ticks(
    town: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(capsys, *words(town, "--ticks", "30", "--memory"))
    assert (found["config_id"], found["agents"], found["ticks"]) == ("smalltown", 8, 30)
    for name in ("drain_needs", "move_agents", "choose_options"):
        cost = found["systems"][name]
        assert cost.keys() == COST
        assert cost["p50"] <= cost["p95"] <= cost["p99"] <= cost["max"]
        assert cost["ns_per_agent"] == pytest.approx(cost["ns_per_tick"] / 8, abs=1e-2)
        assert cost["bytes"] > 0
        assert cost["roofline_share"] == pytest.approx(cost["gb_per_s"] / 30, abs=1e-4)
    in_systems = sum(cost["ns_per_tick"] for cost in found["systems"].values()) * 30 / 1e9
    accounts = found["accounts"]
    parts = sum(value for name, value in accounts.items() if name != "wall_s")
    assert parts == pytest.approx(found["wall_s"], rel=1e-6)
    assert accounts["systems_s"] + accounts["waiting_s"] == pytest.approx(in_systems, rel=1e-3)
    assert found["memory"]["components"]["Needs"]["bytes"] > 0
    assert found["ninety_percent"][0] == next(iter(found["systems"]))
    assert not found["interrupted"]


def test_times_of_day_are_those_of_a_lived_in_town(
    town: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = []
    fill = measuring._fill

    def spy(sampler: Any, go_on: Any) -> None:
        clocks.append(sampler._before.__self__.clock)
        fill(sampler, go_on)

    monkeypatch.setattr(measuring, "_fill", spy)
    found = answer(capsys, *words(town, "--ticks", "5", "--at", "08:00,03:00", "--towns", "2"))
    assert clocks == [(1, 3, 0), (1, 8, 0)], "in the order of the day, after the first night"
    assert [time["at"] for time in found["times"]] == ["03:00", "08:00"]
    assert found["ticks"] == 10
    assert [window["ticks"] for window in found["windows"]] == [5, 5]


def test_a_town_that_starts_at_night_lives_a_day_before_it_is_measured(
    town: str, capsys: pytest.CaptureFixture[str]
) -> None:
    late = Path(town).read_text().replace("world: {", "world: {start_minute: 1380, ")
    assert late != Path(town).read_text()
    Path(town).write_text(late)
    found = answer(capsys, *words(town, "--ticks", "5", "--at", "03:00"))
    assert found["times"][0]["first_tick"] == 60 + 1440 + 180 + 1, "of day 2, not after four hours"


def test_a_person_reads_the_systems_the_accounts_and_the_outlook(
    town: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words(town, "--ticks", "20", "--at", "08:00,19:00", "--memory")) == 0
    out, err = capsys.readouterr()
    assert out == ""
    for text in (
        "smalltown", "8 agents", "systems make 90 % of the time", "where wall time went",
        "unaccounted", "time of day", "Not split among threads", "hot: touched in every tick",
        "memory triad 30.0 GB/s",
    ):  # fmt: skip
        assert text in err


def test_observations_and_rewards_are_part_of_the_tick(
    town: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(capsys, *words(town, "--ticks", "5", "--observations", "compact"))
    assert found["observations"] == "compact"
    assert {"write_maps", "score_agents"} <= found["systems"].keys()


def test_a_trace_and_a_file_to_compare_with(
    town: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace, out = tmp_path / "trace.json", tmp_path / "out.json"
    files = ("--trace", str(trace), "--out", str(out))
    found = answer(capsys, *words(town, "--ticks", "12", *files))
    assert json.loads(out.read_text()) == found
    events = json.loads(trace.read_text())["traceEvents"]
    assert sum(event.get("cat") == "tick" for event in events) == 12
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.json", "town.yaml", "trace.json"]


def compared(town: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], slow: float) -> Any:
    """Compare with a profile whose ticks took ``1 / slow`` of what they really did."""
    before = tmp_path / "before.json"
    run = words(town, "--ticks", "40")
    report = answer(capsys, *run)
    for window in report["windows"]:
        window["total"] = [ns / slow for ns in window["total"]]
        for name, values in window["systems"].items():
            window["systems"][name] = [ns / slow for ns in values]
    before.write_text(json.dumps(report))
    return run, before


def test_a_regression_leaves_with_1_and_names_the_tick(
    town: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, before = compared(town, tmp_path, capsys, slow=50)
    found = answer(capsys, *run, "--compare", str(before), code=1)["compare"]
    assert found["slower"]
    assert found["tick"]["verdict"] == "slower"
    assert found["same_state"]
    assert cli.main([*run, "--compare", str(before)]) == 1
    assert "Slower beyond the noise: tick" in capsys.readouterr().err


def test_names_and_verdicts_are_whole_in_eighty_columns(
    town: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    run, before = compared(town, tmp_path, capsys, slow=50)
    assert cli.main([*run, "--compare", str(before)]) == 1
    table = capsys.readouterr().err.partition("between")[2]
    names = [line.split()[0] for line in table.splitlines()[2:] if "±" in line]
    assert names[0] == "tick"
    assert {"pursue_options", "assign_reservations"} <= set(names)
    assert "slower" in table
    assert cli.main(words(town, "--ticks", "20", "--at", "08:00,19:00")) == 0
    err = capsys.readouterr().err
    assert "agent-ticks/s" in err.partition("time of day")[2]
    assert "19:00: " in err, "and its dearest systems"


def test_no_regression_leaves_with_0(
    town: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, before = compared(town, tmp_path, capsys, slow=1 / 50)
    found = answer(capsys, *run, "--compare", str(before))["compare"]
    assert not found["slower"]
    assert found["tick"]["verdict"] == "faster"


def test_other_work_is_refused_before_it_is_done(
    town: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = tmp_path / "before.json"
    answer(capsys, *words(town, "--ticks", "10", "--out", str(before)))
    monkeypatch.setattr(measuring, "_fill", lambda *_: pytest.fail("it was measured"))
    more = ("--compare", str(before))
    assert "seed was 0, is 5" in refused(
        capsys, *words(town, "--ticks", "10", "--seed", "5", *more)
    )
    assert "ticks per time of day" in refused(capsys, *words(town, "--ticks", "11", *more))
    told = refused(capsys, *words(town, "--ticks", "10", "--threads", "2", *more))
    assert "threads was 1, is 2" in told
    assert "--anyway" in told


def test_a_sweep_has_sizes_an_exponent_and_a_picture(
    town: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "sweep.png"
    run = words(town, "--ticks", "10", "--sweep", "8..64", "--picture", str(picture))
    found = answer(capsys, *run)
    assert [size["agents"] for size in found["sweep"]["sizes"]] == [8, 23, 64]
    assert found["sweep"]["total"].keys() == {"exponent", "error"}
    assert found["agents"] == 64, "the rest is the report of the largest"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert cli.main(words(town, "--ticks", "10", "--sweep", "8..64")) == 0
    assert "to the power of" in capsys.readouterr().err


def test_a_sweep_over_threads(town: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, *words(town, "--ticks", "10", "--threads-sweep", "1..2"))
    assert [row["threads"] for row in found["threads_sweep"]["threads"]] == [1, 2]
    assert found["threads"] == 2
    assert cli.main(words(town, "--ticks", "10", "--threads-sweep", "1..2")) == 0
    assert "times as fast" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--agents", "many"], "'--agents': 'many' is no number of agents; write 8, 10k or 1M"),
        (["--at", "25:00"], "--at: '25:00' is not a time of day"),
        (
            ["--at", "08:00,08:30", "--ticks", "60"],
            "60 ticks from 08:00 on do not fit before 08:30",
        ),
        (["--at", "08:00,08:00"], "do not fit before 08:00"),
        (["--observations", "hybird"], "--observations hybird: there is no such variant; did you"),
        (["--ticks", "0"], "'--ticks': '0' is no number of ticks"),
        (["--ticks", "101k"], "from 1 to 100000"),
        (["--threads", "999"], "threads is 999; it must be between 1 and"),
        (["--sweep", "10k"], "--sweep 10k: write a range of agents"),
        (["--sweep", "8..64", "--agents", "8"], "--sweep says how many agents"),
        (["--sweep", "8..64", "--threads-sweep", "1..2"], "give one of them"),
        (["--sweep", "8..64", "--trace", "x.json"], "--trace is for a single profile"),
        (["--sweep", "8..64", "--memory"], "--memory is for a single profile: leave --sweep out"),
        (["--threads-sweep", "1..2", "--memory"], "leave --threads-sweep out"),
        (["--anyway"], "--anyway is for a comparison"),
        (["--threads-sweep", "2"], "--threads-sweep 2: write a range of threads"),
        (["--threads-sweep", "1..999"], "threads is 999; it must be between 1 and"),
        (["--threads-sweep", "1..2", "--threads", "2"], "leave --threads out"),
        (["--picture", "x.png"], "--picture draws a sweep"),
        (["--sweep", "8..64", "--picture", "x.jpg"], "ends in .png"),
        (["--out", "/no/such/folder/x.json"], "--out /no/such/folder/x.json: there is no folder"),
        (["--trace", "/"], "--trace /: this is a folder"),
        (["--trace", "x.json", "--out", "./x.json"], "--trace names this file too"),
        (["--out", "/dev/null"], "--out /dev/null: this is a device"),
        (["--compare", "/no/such.json"], "--compare /no/such.json: No such file"),
    ],
)
def test_bad_input_is_a_sentence_and_exit_code_2(
    town: str, more: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refused(capsys, *words(town, *more))


def test_ticks_are_counted_as_everywhere_and_one_time_of_day_has_room_for_days(
    town: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(capsys, *words(town, "--ticks", "1.5k", "--at", "8:00"))
    assert (found["ticks"], found["times"][0]["at"]) == (1500, "08:00")


def test_times_that_just_fit_are_met_to_the_minute(
    town: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "before.json"
    run = words(town, "--ticks", "10", "--at", "08:00,08:13")
    found = answer(capsys, *run, "--out", str(out))
    assert [time["at"] for time in found["times"]] == ["08:00", "08:13"]
    assert cli.main([*run, "--compare", str(out)]) in (0, 1), "it is the same work"
    assert "08:00 on do not fit" in refused(
        capsys, *words(town, "--ticks", "10", "--at", "08:00,08:12")
    )


def test_a_profile_with_too_few_ticks_is_refused_before_the_long_part(
    town: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = tmp_path / "before.json"
    answer(capsys, *words(town, "--ticks", "5", "--out", str(before)))
    monkeypatch.setattr(measuring, "_fill", lambda *_: pytest.fail("it was measured"))
    told = refused(capsys, *words(town, "--ticks", "5", "--compare", str(before)))
    assert "5 windows are too few" in told


@pytest.mark.parametrize(
    ("key", "value"),
    [("windows", []), ("windows", 7), ("systems", []), ("machine", None), ("reference", [{}])],
)
def test_a_damaged_profile_is_a_sentence(
    town: str, tmp_path: Path, key: str, value: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "old.json"
    file.write_text(json.dumps(answer(capsys, *words(town, "--ticks", "10")) | {key: value}))
    told = refused(capsys, *words(town, "--compare", str(file)))
    assert f"--compare {file}: this profile is damaged" in told or "0 windows are too few" in told


def test_a_snapshot_is_no_town_to_profile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, *words(str(tmp_path / "town.safetensors")))
    assert "this is a snapshot; a profile begins from a town's YAML file" in told


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("{", "this is no JSON"), ("[]", "'config_hash' is missing"), ("{}", "no profile of one")],
)
def test_a_file_that_is_no_profile(
    town: str, tmp_path: Path, text: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "old.json"
    file.write_text(text)
    assert sentence in refused(capsys, *words(town, "--compare", str(file)))


def test_ctrl_c_tells_what_there_is_and_leaves_with_130(
    town: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = Steady.measure

    def interrupted(self: Steady) -> Speed:
        signal.raise_signal(signal.SIGINT)
        monkeypatch.setattr(Steady, "measure", measure)
        return measure(self)

    monkeypatch.setattr(Steady, "measure", interrupted)
    found = answer(capsys, *words(town, "--ticks", "300", "--at", "08:00,19:00"), code=130)
    assert found["interrupted"]
    assert found["ticks"] == 1
    assert len(found["times"]) == 1


def test_ctrl_c_while_the_next_town_is_built_tells_of_those_before(
    town: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    last = [64, 23]

    def interrupted(config: Any, towns: int, seed: Any, agents: int, *more: Any) -> Any:
        if agents == last[-1]:
            raise KeyboardInterrupt
        return build(config, towns, seed, agents, *more)

    monkeypatch.setattr("townlet.cli.profile.build", interrupted)
    run = words(town, "--ticks", "10", "--sweep", "8..64")
    found = answer(capsys, *run, code=130)
    assert found["interrupted"]
    assert found["agents"] == 8
    assert cli.main(run) == 130
    assert "where wall time went" in capsys.readouterr().err, "one size is shown as a profile"
    last.pop()
    found = answer(capsys, *run, code=130)
    assert [size["agents"] for size in found["sweep"]["sizes"]] == [8, 23]
    assert found["sweep"]["total"]["error"] is None
    assert cli.main(run) == 130
    assert "to the power of" in capsys.readouterr().err


def test_a_full_disk_costs_no_numbers(
    town: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.json"
    out.write_text("old")

    def full(self: Path, text: str, encoding: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_text", full)
    assert cli.main(words(town, "--ticks", "5", "--out", str(out))) == 1
    err = capsys.readouterr().err
    assert "where wall time went" in err, "shown before it is written"
    assert f"{out}: No space left on device" in err
    assert out.read_text() == "old"


def test_ticks_by_default_are_enough_to_compare() -> None:
    from townlet.profiling.compare import FEWEST_WINDOWS
    from townlet.profiling.summary import WINDOWS

    assert command.TICKS >= WINDOWS >= FEWEST_WINDOWS


@pytest.mark.parametrize(
    ("threads", "fused", "way"),
    [(2, True, "fused"), (2, None, "chained"), (1, True, "chained"), (1, False, "staged")],
)
def test_a_profile_says_how_systems_are_started(
    monkeypatch: pytest.MonkeyPatch, threads: int, fused: bool | None, way: str
) -> None:
    chosen = Threading.choose(8, threads, None, fused)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert chosen.way == way
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert chosen.way == "staged"


def test_the_way_is_told_to_people_and_programs(
    town: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words(town, "--ticks", "5")) == 0
    title = capsys.readouterr().err
    found = answer(capsys, *words(town, "--ticks", "5"))
    assert (found["way"], found["fused"]) in (("chained", False), ("staged", False))
    assert f"1 thread, {found['way']}: 5 ticks" in title
