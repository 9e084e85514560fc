"""load_config: files, extends, overrides, and the sentences of every kind of mistake."""

from pathlib import Path

import pytest

from townlet.config import ConfigError, SimulationConfig, load_config
from townlet.errors import UserError

REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "configs"


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "x.yaml") -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)
    return name


def sentence(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(write(text))
    assert isinstance(caught.value, UserError)
    assert caught.value.exit_code == 2
    return str(caught.value)


CASES = {
    "queue_fairnes:\n  cooldown_ticks: 3\n": (
        "x.yaml:1: unknown key 'queue_fairnes'; did you mean 'queue_fairness'?"
    ),
    "seed: 1\nqueue_fairness:\n  cooldown_tick: 3\n": (
        "x.yaml:3: unknown key 'queue_fairness.cooldown_tick'; did you mean"
        " 'queue_fairness.cooldown_ticks'?"
    ),
    "features:\n  zzz: 1\n": (
        "x.yaml:2: unknown key 'features.zzz'; known here: behavior, console, observations,"
        " relationship_modifiers, stages, systems, training."
    ),
    "seed: 1\nqueue_fairness:\n  cooldown_ticks: -3\n": (
        "x.yaml:3: queue_fairness.cooldown_ticks is -3; it must be between 0 and 600."
    ),
    "world:\n  agents: many\n": (
        "x.yaml:2: world.agents is 'many'; it must be a whole number between 1 and 16777216."
    ),
    "world: {agents: '12'}\n": (
        "x.yaml:1: world.agents is '12'; it must be a whole number between 1 and 16777216, so"
        " leave the quotes out."
    ),
    "world: {agents: true}\n": (
        "x.yaml:1: world.agents is true; it must be a whole number between 1 and 16777216."
    ),
    "world: {agents: }\n": (
        "x.yaml:1: world.agents is empty; it must be a whole number between 1 and 16777216."
    ),
    "config_id: 1.3\n": "x.yaml:1: config_id is 1.3; it must be text, so put it in quotes: '1.3'.",
    "economy: {rent: .nan}\n": (
        "x.yaml:1: economy.rent is nan; it must be a number between 0 and 1000000."
    ),
    "world: 3\n": "x.yaml:1: world is 3; it must be a mapping of keys.",
    "world:\n  grid_size: [24]\n": (
        "x.yaml:2: world.grid_size is [24]; it must be a list of 2, each entry a whole number"
        " between 4 and 256."
    ),
    "world:\n  grid_size: [24, 1]\n": (
        "x.yaml:2: world.grid_size[1] is 1; it must be between 4 and 256."
    ),
    "world:\n  tiles: {rode: one}\n": (
        "x.yaml:2: world.tiles.rode is no kind of tile; did you mean 'road'?"
    ),
    "world:\n  agents: 64\n  capacity: 8\n": (
        "x.yaml:3: world.capacity is 8; it must be at least world.agents (64)."
    ),
    "features:\n  stages:\n    relationships: D\n": (
        "x.yaml:3: features.stages.relationships is 'D'; it must be one of OFF, A, B, C1, C2, C3."
    ),
    "features: {systems: {observations: hybird}}\n": (
        "x.yaml:1: features.systems.observations is 'hybird'; it must be one of full, hybrid,"
        " compact; did you mean 'hybrid'?"
    ),
    "ppo:\n  learning_rate: 0\n": "x.yaml:2: ppo.learning_rate is 0; it must be above 0.",
    "observations:\n  hybrid:\n    local_window: 4\n": (
        "x.yaml:3: observations.hybrid.local_window is 4; it must be odd."
    ),
    "observations: {}\nobservations_config: {}\n": (
        "x.yaml:1: observations is the same as observations_config; keep one."
    ),
    "observations:\n  social_snippet: {top_friends: 5, top_rivals: 5}\n": (
        "x.yaml:2: observations.social_snippet.top_rivals is 5; with top_friends it must be at"
        " most 8 together."
    ),
    "conflict:\n  rivalry:\n    min_value: 0.8\n    max_value: 0.2\n": (
        "x.yaml:3: conflict.rivalry.min_value is 0.8; it must be at most max_value (0.2)."
    ),
    "rewards:\n  decay_rates:\n    hungr: 0.1\n": (
        "x.yaml:3: rewards.decay_rates.hungr names no need of this town; did you mean 'hunger'?"
    ),
    "needs:\n  Fun: {}\n": (
        "x.yaml:2: needs.Fun is no name for a need; it must be lower-case letters, digits and _."
    ),
    "needs:\n  meals: {}\n": (
        "x.yaml:2: needs.meals cannot be a need; money, ingredients, meals, clean_clothes name"
        " other effects."
    ),
    "personalities:\n  distribution: {stoik: 1}\n": (
        "x.yaml:2: personalities.distribution.stoik names no personality profile; did you mean"
        " 'stoic'?"
    ),
    "personalities:\n  distribution: {stoic: 0}\n": (
        "x.yaml:2: personalities.distribution adds up to 0; its weights must add up to more."
    ),
    "personalities:\n  overrides:\n    ann: nobody\n": (
        "x.yaml:3: personalities.overrides.ann is 'nobody', which is no personality profile; known"
        " are balanced, industrious, socialite, stoic."
    ),
    "perturbations:\n  events:\n    a:\n      kind: price_spik\n": (
        "x.yaml:4: perturbations.events.a.kind is 'price_spik'; it must be one of price_spike,"
        " blackout, outage, arranged_meet, queue_closure; did you mean 'price_spike'?"
    ),
    "perturbations:\n  events:\n    a:\n      cooldown_ticks: 3\n": (
        "x.yaml:3: key 'kind' is missing in perturbations.events.a."
    ),
    "perturbations:\n  events:\n    price_spike: {kind: price_spike, magnitude: [2, 1]}\n": (
        "x.yaml:3: perturbations.events.price_spike.magnitude is [2.0, 1.0]; its first number must"
        " be at most its second."
    ),
    "perturbations:\n  events:\n    a: {kind: blackout, durration: 3}\n": (
        "x.yaml:3: unknown key 'perturbations.events.a.durration'; did you mean"
        " 'perturbations.events.a.duration'?"
    ),
    "scenario:\n  agents:\n    - id: a\n      schedule:\n        - {kind: mov}\n": (
        "x.yaml:5: scenario.agents[0].schedule[0].kind is 'mov'; it must be one of move, request,"
        " start, release, chat, blocked, wait, noop; did you mean 'move'?"
    ),
    "scenario:\n  agents:\n    - id: a\n      schedule:\n        - {kind: move}\n": (
        "x.yaml:5: scenario.agents[0].schedule[0] is a move and has no position."
    ),
    "scenario:\n  agents:\n    - id: a\n      schedule:\n        - {kind: start, object: b}\n": (
        "x.yaml:5: scenario.agents[0].schedule[0] is a start and has no affordance."
    ),
    "scenario:\n  agents:\n    - id: ann\n    - id: bo\n      schedule:\n"
    "        - {kind: chat, target_agent: an}\n": (
        "x.yaml:6: scenario.agents[1].schedule[0].target_agent is 'an', who is not in the"
        " scenario; did you mean 'ann'?"
    ),
    "scenario:\n  agents:\n    - id: ann\n    - id: ann\n": (
        "x.yaml:4: scenario.agents[1].id is 'ann', which is taken."
    ),
    "world: {grid_size: [8, 8]}\nscenario:\n  agents:\n    - {id: ann, position: [1, 8]}\n": (
        "x.yaml:4: scenario.agents[0].position is [1, 8]; world.grid_size ends at [7, 7]."
    ),
    "scenario:\n  timeline:\n    - {tick: -1, name: kill}\n": (
        "x.yaml:3: scenario.timeline[0].tick is -1; it must be at least 0."
    ),
    "scenario:\n  objects:\n    - {type: bed}\n": (
        "x.yaml:3: key 'id' is missing in scenario.objects[0]."
    ),
    "world: {grid_size: [8, 8]}\nscenario:\n  objects:\n"
    "    - {id: a, type: bed, position: [8, 1]}\n": (
        "x.yaml:4: scenario.objects[0].position is [8, 1]; world.grid_size ends at [7, 7]."
    ),
    "scenario:\n  objects:\n    - {id: a, type: bed}\n    - {id: a, type: bed}\n": (
        "x.yaml:4: scenario.objects[1].id is 'a', which is taken."
    ),
    "telemetry:\n  transport:\n    type: tcp\n    endpoint: far:1\n    enable_tls: off\n"
    "    allow_plaintext: on\n    dev_allow_plaintext: on\n": (
        'x.yaml:4: telemetry.transport.endpoint is "far:1"; without TLS its host must be one of'
        " localhost, 127.0.0.1, ::1."
    ),
    "telemetry:\n  transport:\n    type: file\n": (
        "x.yaml:2: telemetry.transport.file_path is missing; transport type 'file' needs it."
    ),
    "console_auth:\n  tokens:\n    - role: admin\n": (
        "x.yaml:3: console_auth.tokens[0] must have exactly one of 'token' and 'token_env'."
    ),
    "console_auth:\n  enabled: yes\n": (
        "x.yaml:2: console_auth.enabled is true; it needs at least one entry in tokens."
    ),
    "snapshot:\n  identity:\n    policy_hash: short\n": (
        "x.yaml:3: snapshot.identity.policy_hash is 'short'; it must be 40 or 64 hex digits, or 32"
        " to 88 characters of base64."
    ),
    "rewards:\n  punctuality_bonus: 0.1\n  needs_weights: {hunger: 0.1}\n": (
        "x.yaml:3: rewards.needs_weights.hunger is 0.1; it must be between 0.5 and 2."
    ),
    "lifecycle:\n  respawn_delay_ticks: [9, 2]\n": (
        "x.yaml:2: lifecycle.respawn_delay_ticks is [9, 2]; the first must be at most the second."
    ),
    "extends: nope.yaml\n": ("x.yaml:1: extends is 'nope.yaml', and there is no file 'nope.yaml'."),
    "extends: 3\n": "x.yaml:1: extends is 3; it must be the path of a file, relative to this one.",
    "extends: x.yaml\n": "x.yaml:1: extends 'x.yaml' leads back to a file that led here.",
}


@pytest.mark.parametrize("text", CASES, ids=lambda text: text.replace("\n", " ")[:40])
def test_every_mistake_has_its_sentence(text: str) -> None:
    assert sentence(text) == CASES[text]


def test_several_mistakes_are_told_in_the_order_of_the_file() -> None:
    text = "world:\n  agents: 0\nseeed: 1\neconomy:\n  rent: -1\n"
    assert sentence(text).splitlines() == [
        "x.yaml:2: world.agents is 0; it must be between 1 and 16777216.",
        "x.yaml:3: unknown key 'seeed'; did you mean 'seed'?",
        "x.yaml:5: economy.rent is -1; it must be between 0 and 1000000.",
    ]


def test_at_most_ten_mistakes_are_told() -> None:
    lines = sentence("".join(f"nonsense_{n}: 1\n" for n in range(13))).splitlines()
    assert len(lines) == 11
    assert lines[-1] == "... and 3 more."


def test_missing_file() -> None:
    with pytest.raises(ConfigError, match=r"^gone\.yaml: there is no such file\.$"):
        load_config("gone.yaml")


@pytest.mark.parametrize("word", ["OFF", "off", "Off"])
def test_words_that_yaml_takes_for_booleans(word: str) -> None:
    stages = f"features: {{stages: {{relationships: {word}}}, systems: {{lifecycle: on}}}}"
    cfg = load_config(write(stages))
    assert cfg.features.stages.relationships == "OFF"
    assert cfg.features.systems.lifecycle == "on"


def test_switches_may_be_written_on_and_off() -> None:
    text = "employment: {enforce_job_loop: off}\nrewards: {clip: {clip_per_episode: off}}"
    cfg = load_config(write(text))
    assert cfg.employment.enforce_job_loop is False
    assert cfg.rewards.clip.clip_per_episode is None


def test_an_empty_section_means_its_defaults() -> None:
    assert load_config(write("world:\n")).world == SimulationConfig().world


def test_free_form_sections_hold_anything() -> None:
    cfg = load_config(write("meta: {beats: [1, 2]}\ndocs: words\nmonitor: {window: 3}\n"))
    assert cfg.meta == {"beats": [1, 2]}
    assert cfg.unused == []


class TestExtends:
    def test_builds_on_another_file(self) -> None:
        write("config_id: base\nworld: {agents: 8, map_seed: 3}\n", "base/town.yaml")
        cfg = load_config(write("extends: ../base/town.yaml\nworld: {agents: 9}\n", "a/x.yaml"))
        assert (cfg.config_id, cfg.world.agents, cfg.world.map_seed) == ("base", 9, 3)
        assert cfg.source == Path("a/x.yaml")

    def test_a_mistake_is_told_where_it_stands(self) -> None:
        write("seed: 1\nworld:\n  agents: 0\n", "base/town.yaml")
        write("extends: ../base/town.yaml\nworld: {map_seed: 1}\n", "a/x.yaml")
        with pytest.raises(ConfigError) as caught:
            load_config("a/x.yaml")
        assert str(caught.value).startswith("base/town.yaml:3: world.agents is 0;")

    def test_a_longer_circle(self) -> None:
        write("extends: b.yaml\n", "a.yaml")
        write("seed: 1\nextends: a.yaml\n", "b.yaml")
        with pytest.raises(ConfigError, match=r"^b\.yaml:2: extends 'a\.yaml' leads back"):
            load_config("a.yaml")

    def test_unused_keys_of_both_files(self) -> None:
        write("curiosity: {phase_A_weight: 0.05}\n", "base.yaml")
        cfg = load_config(write("extends: base.yaml\nstability: {affordance_fail_threshold: 3}\n"))
        assert cfg.unused == ["curiosity.phase_A_weight", "stability.affordance_fail_threshold"]


def test_overrides_win_over_the_file() -> None:
    cfg = load_config(write("world: {agents: 8, map_seed: 2}\n"), {"world.agents": 5})
    assert (cfg.world.agents, cfg.world.map_seed) == (5, 2)


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference configs are not in this checkout")
class TestReferenceConfigs:
    @pytest.mark.parametrize("name", ["kitchen_breakfast", "queue_conflict"])
    def test_scenarios_load(self, name: str) -> None:
        cfg = load_config(REFERENCE / "scenarios" / f"{name}.yaml")
        assert not any(key.startswith("scenario") for key in cfg.unused)
        assert cfg.start_minute() == 0
        assert cfg.world.grid_size == (24, 24)
        assert cfg.rewards.decay_rates.hunger == 0.0
        assert cfg.rewards.eviction_penalty == -2.0
        assert cfg.scenario is not None
        assert cfg.scenario["objects"][0]["position"] == [12, 12]
        assert cfg.warnings == []

    def test_the_hybrid_example_loads(self) -> None:
        cfg = load_config(REFERENCE / "examples" / "poc_hybrid.yaml")
        assert cfg.config_id == "v1.3.0"
        assert cfg.economy.meal_cost == 0.4
        assert cfg.start_minute() == 0  # its jobs are given in ticks
        assert [row.decay for row in cfg.needs_table()] == [0.01, 0.005, 0.008]
        assert "features.stages.social_rewards" not in cfg.unused
        assert not any(key.startswith(("world.grid", "queue_fairness.")) for key in cfg.unused)
        manifest = cfg.resolve_path(str(cfg.affordances.affordances_file))
        assert manifest.is_file()

    def test_the_perturbation_file_fits_its_section(self) -> None:
        text = (REFERENCE / "perturbations" / "default.yaml").read_text()
        indented = "".join(f"  {line}\n" for line in text.splitlines())
        cfg = load_config(write("perturbations:\n" + indented))
        spike = cfg.perturbations.events["price_spike"]
        assert (spike.probability_per_day, spike.duration) == (0.3, (60, 120))
