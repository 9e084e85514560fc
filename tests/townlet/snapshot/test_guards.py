"""What a config allows: which snapshot, which file, which identity."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from townlet import Simulation, load_config
from townlet.config import SimulationConfig
from townlet.errors import UserError
from townlet.replay import Recorder
from townlet.snapshot import (
    Autosave,
    inspect,
    load,
    put,
    read,
    register_migration,
    save,
    take,
    write,
)
from townlet.snapshot.contents import Contents
from townlet.snapshot.errors import (
    IncompleteTickError,
    MigrationMissingError,
    NewerFormatError,
    OtherConfigError,
    OtherIdentityError,
    OutsideRootsError,
    SchemaChangedError,
)
from townlet.snapshot.migrations import registered


def config(folder: Path, text: str = "", name: str = "tiny") -> SimulationConfig:
    path = folder / f"{name}.yaml"
    path.write_text(f"config_id: {name}\nworld: {{agents: 8}}\n{text}")
    return load_config(path)


def build(model: SimulationConfig, ticks: int = 30) -> Simulation:
    sim = Simulation.from_config(model)
    sim.run(ticks)
    return sim


LOOSE = "snapshot: {guardrails: {require_exact_config: false}}\n"


def test_another_config_is_refused_unless_allowed(tmp_path: Path) -> None:
    sim = build(config(tmp_path))
    path = sim.save(tmp_path / "a")
    with pytest.raises(OtherConfigError, match="of config 'tiny', and this one is 'other'"):
        load(path, config=config(tmp_path, name="other"))
    twin = load(path, config=config(tmp_path, LOOSE, name="other"))
    assert twin.hash() == sim.hash()
    assert twin.config.config_id == "other"


def test_other_values_are_refused_and_named_unless_allowed(tmp_path: Path) -> None:
    sim = build(config(tmp_path))
    path = sim.save(tmp_path / "a")
    other = "economy: {allowance: 33}\n"
    with pytest.raises(OtherConfigError, match=r"other values: economy\.allowance \(None there\)"):
        load(path, config=config(tmp_path, other))
    changed = load(path, config=config(tmp_path, other + LOOSE))
    assert changed.hash() == sim.hash()
    key = "EconomyRules.allowance"
    assert changed.column(key)[0] != sim.column(key)[0]
    # What decides nothing may differ.
    assert load(path, config=config(tmp_path, "telemetry: {diff_enabled: false}\n")).tick == 30


def test_another_map_is_refused_whatever_is_allowed(tmp_path: Path) -> None:
    path = build(config(tmp_path)).save(tmp_path / "a")
    other = config(tmp_path, "").with_overrides(
        {"world.map_seed": 5, "snapshot.guardrails.require_exact_config": False}
    )
    with pytest.raises((OtherConfigError, SchemaChangedError)):
        load(path, config=other)
    bigger = config(tmp_path, LOOSE).with_overrides({"world.capacity": 12})
    with pytest.raises(OtherConfigError, match="8 slots, and this config makes 12"):
        load(path, config=bigger)


def test_in_place_the_simulations_own_guards_hold(tmp_path: Path) -> None:
    sim, other = build(config(tmp_path)), build(config(tmp_path, name="other"))
    path = sim.save(tmp_path / "a")
    before = other.hash()
    with pytest.raises(OtherConfigError):
        other.restore(path)
    with pytest.raises(OtherConfigError):
        put(other, 0, path)
    assert other.hash() == before
    many = Simulation.from_config(config(tmp_path), towns=2)
    with pytest.raises(OtherConfigError, match="has 1 towns, and 2 are wanted"):
        many.restore(path)


def test_paths_must_lie_in_the_folders_that_a_config_names(tmp_path: Path) -> None:
    inside, also, outside = tmp_path / "in", tmp_path / "also", tmp_path / "out"
    for folder in (inside, also, outside):
        folder.mkdir()
    text = f"snapshot: {{storage: {{root: {inside}}}, guardrails: {{allowed_paths: [{also}]}}}}\n"
    model = config(tmp_path, text)
    sim = build(model)
    sim.save(inside / "a")
    sim.save(also / "a")
    for path in (outside / "a", inside / ".." / "out" / "a"):
        with pytest.raises(OutsideRootsError, match="it lies outside the folders"):
            sim.save(path)
    assert list(outside.iterdir()) == []
    free = outside / "a.safetensors"
    free.write_bytes((inside / "a.safetensors").read_bytes())
    (inside / "link.safetensors").symlink_to(free)
    for path in (free, inside / "link.safetensors"):
        with pytest.raises(OutsideRootsError):
            sim.restore(path)
        with pytest.raises(OutsideRootsError):
            load(path, config=model)
    # Nobody has said anything about this one.
    assert load(free).hash() == sim.hash()
    assert build(config(tmp_path)).save(outside / "b").exists()


def forged(path: Path, **changes: Any) -> Path:
    contents = read(path)
    for key, value in changes.items():
        setattr(contents.header, key, value)
    return write(contents, path.with_name("forged.safetensors"))


def test_a_newer_format_is_refused_unless_allowed(tmp_path: Path) -> None:
    sim = build(config(tmp_path))
    path = sim.save(tmp_path / "a")
    for version, key in (("1.9", "migrations.allow_minor"), ("2.0", "guardrails.allow_downgrade")):
        newer = forged(path, format=version)
        for look in (inspect, load):
            with pytest.raises(NewerFormatError, match=f"its format is {version}.*{key}"):
                look(newer)
        section, _, name = key.partition(".")
        allowed = config(tmp_path, f"snapshot: {{{section}: {{{name}: true}}}}\n")
        assert load(newer, config=allowed).hash() == sim.hash()
    minor = config(tmp_path, "snapshot: {migrations: {allow_minor: true}}\n")
    with pytest.raises(NewerFormatError):
        load(forged(path, format="2.0"), config=minor)


def test_a_changed_schema_is_refused_by_name(tmp_path: Path) -> None:
    path = build(config(tmp_path)).save(tmp_path / "a")
    known = inspect(path).components
    with pytest.raises(SchemaChangedError, match=r"other columns of Needs.*0123.*instead of"):
        load(forged(path, components={**known, "Needs": "0123"}))
    with pytest.raises(SchemaChangedError, match=r"component Diary.*hook module missing"):
        load(forged(path, components={**known, "Diary": "0123"}))
    less = {name: schema for name, schema in known.items() if name != "Needs"}
    with pytest.raises(SchemaChangedError, match="it lacks Needs"):
        load(forged(path, components=less))
    dimensions = dict(inspect(path).dimensions)
    with pytest.raises(SchemaChangedError, match="its 'need' has 'thirst'"):
        load(
            forged(
                path, dimensions={**dimensions, "need": ["hunger", "hygiene", "energy", "thirst"]}
            )
        )
    with pytest.raises(SchemaChangedError, match="rows of 'object'"):
        load(forged(path, dimensions={**dimensions, "object": 3}))
    compared = dict(inspect(path).compared)
    with pytest.raises(OtherConfigError, match=r"Layouts\.route, which is made of the config"):
        load(forged(path, compared={**compared, "Layouts.route": "0" * 16}))


def test_an_identity_that_a_config_states_has_to_be_the_snapshots(tmp_path: Path) -> None:
    digest = "ab" * 20
    said = f"snapshot: {{identity: {{policy_hash: {digest}, anneal_ratio: 0.25}}}}\n"
    path = build(config(tmp_path, said)).save(tmp_path / "a")
    assert inspect(path).identity == {
        "policy_hash": digest,
        "policy_artifact": None,
        "observation_variant": "hybrid",
        "anneal_ratio": 0.25,
        "observation_schema_hash": None,
    }
    assert load(path, config=config(tmp_path, said)).tick == 30
    for other, key in (
        (f"{{identity: {{policy_hash: {'cd' * 20}}}}}", "policy_hash"),
        ("{identity: {anneal_ratio: 0.5}}", "anneal_ratio"),
        ("{identity: {observation_variant: full}}", "observation_variant"),
    ):
        with pytest.raises(OtherIdentityError, match=f"its {key} is"):
            load(path, config=config(tmp_path, f"snapshot: {other}\n"))
    loose = "snapshot: {identity: {anneal_ratio: 0.5}, guardrails: {require_exact_config: false}}\n"
    assert load(path, config=config(tmp_path, loose)).tick == 30


def test_the_observation_variant_is_inferred_from_the_learner(tmp_path: Path) -> None:
    from townlet.learner import Learner

    sim = Simulation.from_config(config(tmp_path), learner=Learner(observations="compact"))
    assert take(sim).header.identity["observation_variant"] == "compact"
    assert take(sim).header.identity["observation_schema_hash"] == sim.features().schema_hash


def test_observations_that_mean_something_else_now_are_another_identity(tmp_path: Path) -> None:
    from townlet.learner import Learner

    model = config(tmp_path)
    sim = Simulation.from_config(model, learner=Learner(observations="compact"))
    path = sim.run(3).save(tmp_path / "a")
    same = inspect(path).identity
    assert load(path).hash() == sim.hash()
    assert load(path, learner=Learner(observations="full")).hash() == sim.hash()
    other = forged(path, identity={**same, "observation_schema_hash": "0" * 64})
    with pytest.raises(OtherIdentityError, match="its observation_schema_hash is '0000"):
        load(other)
    with pytest.raises(OtherIdentityError, match="would misread"):
        sim.restore(other)
    assert load(other, config=config(tmp_path, LOOSE)).hash() == sim.hash()
    del same["observation_schema_hash"]
    assert load(forged(path, identity=same)).hash() == sim.hash(), "of an earlier Townlet"


# -- migrations -------------------------------------------------------------------------------


def rename(contents: Contents, model: SimulationConfig) -> None:
    contents.header.config_id = model.config_id


def test_a_migration_is_applied_when_it_may_and_named_in_the_file(tmp_path: Path) -> None:
    sim = build(config(tmp_path))
    path = sim.save(tmp_path / "a")
    auto = config(tmp_path, "snapshot: {migrations: {auto_apply: true}}\n", name="new")
    with pytest.raises(MigrationMissingError, match=r"no chain of migrations.*'tiny' to 'new'"):
        load(path, config=auto)
    with registered({("tiny", "new"): rename}):
        with pytest.raises(OtherConfigError):
            load(path, config=config(tmp_path, name="new"))
        twin = load(path, config=auto)
        asked = load(path, config=config(tmp_path, name="new"), migrate=True)
    assert twin.hash() == asked.hash() == sim.hash()
    twin.run(10)
    again = load(twin.save(tmp_path / "b"))
    assert again.migrations == ["tiny->new:rename"]
    assert inspect(tmp_path / "b.safetensors").migrations == ["tiny->new:rename"]


def test_the_shortest_chain_is_taken(tmp_path: Path) -> None:
    path = build(config(tmp_path)).save(tmp_path / "a")

    def quietly(contents: Contents, model: SimulationConfig) -> None: ...

    steps = [("tiny", "a"), ("a", "b"), ("b", "new"), ("tiny", "c"), ("c", "new"), ("new", "tiny")]
    with registered(dict.fromkeys(steps, quietly)):
        twin = load(path, config=config(tmp_path, name="new"), migrate=True)
    name = "test_the_shortest_chain_is_taken.<locals>.quietly"
    assert twin.migrations == [f"tiny->c:{name}", f"c->new:{name}"]


def test_a_component_is_migrated_by_its_schema(tmp_path: Path) -> None:
    sim = build(config(tmp_path))
    old = read(sim.save(tmp_path / "a"))
    now = old.header.components["Wallet"]
    old.header.components["Wallet"] = "fedcba9876543210"
    old.arrays["Wallet.money"] = (old.arrays["Wallet.money"] // 1000).astype(np.int32)
    path = write(old, tmp_path / "old")

    def to_thousandths(contents: Contents, model: SimulationConfig) -> None:
        contents.arrays["Wallet.money"] = contents.arrays["Wallet.money"].astype(np.int64) * 1000

    with registered({("Wallet@fedcba9876543210", f"Wallet@{now}"): to_thousandths}):
        with pytest.raises(SchemaChangedError, match="Wallet"):
            load(path)
        twin = load(path, migrate=True)
    assert (
        twin.column("Wallet.money").tolist() == (sim.column("Wallet.money") // 1000 * 1000).tolist()
    )
    assert len(twin.migrations) == 1


def test_migrations_that_go_wrong_are_told_in_a_sentence(tmp_path: Path) -> None:
    path = build(config(tmp_path)).save(tmp_path / "a")
    new = config(tmp_path, name="new")

    def raises(contents: Contents, model: SimulationConfig) -> None:
        raise KeyError("wallet")

    def elsewhere(contents: Contents, model: SimulationConfig) -> None:
        contents.header.config_id = "nowhere"

    def returns(contents: Contents, model: SimulationConfig) -> Any:
        return {"state": 1}

    def spoils(contents: Contents, model: SimulationConfig) -> None:
        rename(contents, model)
        contents.arrays["Needs.level"] = contents.arrays["Needs.level"][:3]

    for handler, why in (
        (raises, "failed: KeyError: 'wallet'"),
        (elsewhere, "leads to 'nowhere' instead"),
        (returns, "returned dict; it must return contents"),
        (spoils, "its Needs.level is float32 of"),
    ):
        with registered({("tiny", "new"): handler}), pytest.raises(UserError, match=why) as raised:
            load(path, config=new, migrate=True)
        assert "\n" not in str(raised.value)


def test_handlers_of_a_config_lead_to_it(tmp_path: Path) -> None:
    path = build(config(tmp_path)).save(tmp_path / "a")
    handler = f"{__name__}:rename"
    text = f"snapshot: {{migrations: {{auto_apply: true, handlers: {{tiny: '{handler}'}}}}}}\n"
    twin = load(path, config=config(tmp_path, text, name="new"))
    assert twin.migrations == ["tiny->new:rename"]
    for name, why in (("no.such:thing", "cannot be imported"), ("json:nothing", "AttributeError")):
        bad = config(tmp_path, text.replace(handler, name), name="new")
        with pytest.raises(MigrationMissingError, match=why):
            load(path, config=bad)


def test_registering_again_replaces(tmp_path: Path) -> None:
    with registered({}):
        register_migration("x", "y", rename)
        register_migration("x", "y", rename)
        from townlet.snapshot import migration_registry

        assert len(migration_registry.find_path("x", "y")) == 1
        assert migration_registry.find_path("x", "x") == []


# -- failures ---------------------------------------------------------------------------------


def failing(model: SimulationConfig) -> Simulation:
    from townlet.ecs import Phase
    from townlet.ecs.runtime import Step

    def fail() -> None:
        if sim.tick == 7:
            raise ZeroDivisionError("as planned")

    sim = Simulation.from_config(model, steps=[Step("fail", fail, Phase.LIVE)])
    return sim


def test_a_failed_tick_leaves_a_snapshot_to_be_looked_at(tmp_path: Path) -> None:
    root = tmp_path / "snaps"
    text = f"snapshot: {{storage: {{root: {root}}}, capture_on_failure: true}}\n"
    with pytest.raises(ZeroDivisionError) as raised:
        failing(config(tmp_path, text)).run(20)
    found = list(root.glob("failures/tick_000000007_*/snapshot-000000000007.safetensors"))
    assert len(found) == 1
    assert str(found[0]) in raised.value.__notes__[0]
    assert not inspect(found[0]).complete
    with pytest.raises(IncompleteTickError, match="tick 7 failed half-way"):
        load(found[0])
    with pytest.raises(ZeroDivisionError):
        failing(config(tmp_path)).run(20)
    assert len(list(root.glob("failures/*"))) == 1


def test_what_is_saved_of_half_a_tick_is_nothing_to_go_on_from(tmp_path: Path) -> None:
    sim = failing(config(tmp_path))
    sim.run(6)
    early = sim.save(tmp_path / "early")
    with pytest.raises(ZeroDivisionError):
        sim.run(20)
    assert not sim.whole
    half = sim.save(tmp_path / "half")
    assert not inspect(half).complete
    with pytest.raises(IncompleteTickError, match="tick 7 failed half-way"):
        load(half)
    sim.run(2)
    assert not inspect(sim.save(tmp_path / "later")).complete, "ticks that follow mend nothing"
    saves = Autosave(sim, tmp_path / "auto", ticks=100)
    assert saves.save() is None
    assert "a tick was broken off half-way" in saves.problem
    with pytest.raises(UserError, match="no recording can begin in its middle"):
        Recorder(sim, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    assert sim.restore(early).whole
    assert inspect(sim.save(tmp_path / "mended")).complete
    sim.restart(1)
    assert sim.whole


def test_a_step_within_a_tick_saves_half_of_it_and_who_listens_at_its_end_all(
    tmp_path: Path,
) -> None:
    from townlet.ecs import Phase
    from townlet.ecs.runtime import Step

    class Ends:
        def ticked(self) -> None:
            found.append(sim.whole)
            raise OSError("a full disk")

    found: list[bool] = []
    within = Step("look", lambda: found.append(sim.whole), Phase.LIVE)
    sim = Simulation.from_config(config(tmp_path), steps=[within])
    assert sim.whole
    sim.ear.listeners.append(Ends())  # type: ignore[arg-type]
    with pytest.raises(OSError, match="a full disk"):
        sim.run(1)
    assert (found, sim.whole) == ([False, True], True)


def test_orders_of_a_timeline_that_fail_half_way_break_the_tick_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(tick: int) -> None:
        raise KeyboardInterrupt

    sim = build(config(tmp_path), 3)
    monkeypatch.setattr(sim.timeline, "due", {5})
    monkeypatch.setattr(sim.timeline, "apply", interrupt)
    with pytest.raises(KeyboardInterrupt):
        sim.run(9)
    assert (sim.tick, sim.whole) == (4, False)


def test_a_capture_that_fails_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    text = f"snapshot: {{storage: {{root: {tmp_path / 'file'}}}, capture_on_failure: true}}\n"
    with pytest.raises(ZeroDivisionError) as raised:
        failing(config(tmp_path, text)).run(20)
    assert "could not be saved" in raised.value.__notes__[0]


def test_saving_says_what_it_cannot(tmp_path: Path) -> None:
    sim = build(config(tmp_path), 1)
    with pytest.raises(UserError, match="town is 1; it must be between 0 and 0"):
        save(sim, tmp_path / "a", town=1)
