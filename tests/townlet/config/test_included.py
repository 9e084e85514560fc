"""``perturbations.file``: found, merged under what the config says, with its own lines."""

from pathlib import Path

import pytest

from townlet.config import ConfigError, load_config

FILE = """\
max_concurrent_events: 2
events:
  dark: {kind: blackout, prob_per_day: 0.5, duration: [2, 5]}
  spike:
    kind: price_spike
    magnitude_range: [1.2, 1.8]
    targets: [cafe]
"""
ROOT = Path(__file__).parents[3]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "odds").mkdir()
    (tmp_path / "odds/some.yaml").write_text(FILE)
    path = tmp_path / "town.yaml"
    path.write_text("perturbations:\n  file: odds/some.yaml\n  global_cooldown_ticks: 7\n")
    return path


def add(config: Path, text: str) -> Path:
    config.write_text(config.read_text() + text)
    return config


def test_the_file_is_part_of_the_config(config: Path) -> None:
    section = load_config(config).perturbations
    assert (section.max_concurrent_events, section.global_cooldown_ticks) == (2, 7)
    assert list(section.events) == ["dark", "spike"]
    assert section.events["dark"].probability_per_day == 0.5
    included = load_config(config).included
    assert included is not None
    assert included.path == config.parent / "odds/some.yaml"


def test_the_config_wins_key_by_key_in_any_spelling(config: Path) -> None:
    add(config, "  events:\n    dark: {probability_per_day: 2.0, duration_min: 9}\n")
    dark = load_config(config).perturbations.events["dark"]
    assert (dark.probability_per_day, dark.duration) == (2.0, (9, 9))


def test_overrides_and_files_that_extend_win_too(config: Path) -> None:
    other = config.parent / "other.yaml"
    other.write_text("extends: town.yaml\nperturbations: {events: {dark: {prob_per_day: 3.0}}}\n")
    read = load_config(other)
    assert read.perturbations.events["dark"].probability_per_day == 3.0
    key = "perturbations.events.dark.probability_per_day"
    changed = read.with_overrides({key: 4.0})
    assert changed.perturbations.events["dark"].probability_per_day == 4.0
    assert changed.perturbations.events["dark"].duration == (2, 5)
    without = load_config(config).with_overrides({"perturbations.file": None})
    assert without.included is None
    assert not without.perturbations.events


def test_a_config_is_another_one_when_its_file_is(config: Path) -> None:
    before = load_config(config)
    (config.parent / "odds/some.yaml").write_text(FILE.replace("0.5", "0.6"))
    assert load_config(config).config_hash() != before.config_hash()
    assert before.reread().config_hash() == load_config(config).config_hash()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("0.5", "-1", "some.yaml:3: perturbations.events.dark.prob_per_day is -1; it must be at"),
        ("magnitude_range", "magnitud", "some.yaml:6: unknown key 'perturbations.events.spike.mag"),
        ("blackout", "blakout", "some.yaml:3: perturbations.events.dark.kind is 'blakout'"),
        ("max_concurrent_events: 2", "file: x.yaml", "some.yaml:1: a file of perturbations cannot"),
        ("events:", "- events:", "some.yaml:"),
    ],
)
def test_mistakes_are_named_where_they_stand(
    config: Path, old: str, new: str, sentence: str
) -> None:
    (config.parent / "odds/some.yaml").write_text(FILE.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        load_config(config)
    assert sentence in str(caught.value)


def test_a_file_that_is_not_there(config: Path) -> None:
    config.write_text("perturbations: {file: odds/none.yaml}\n")
    with pytest.raises(ConfigError, match=r"town.yaml:1: there is no file 'odds/none.yaml' beside"):
        load_config(config)


def test_a_file_that_is_no_text(config: Path) -> None:
    (config.parent / "odds/some.yaml").write_bytes(b"events: \xff\n")
    with pytest.raises(ConfigError, match=r"some\.yaml: byte 8 is not UTF-8 text"):
        load_config(config)


def test_the_default_town_has_perturbations_and_the_calm_one_has_none() -> None:
    town = load_config(ROOT / "configs/town.yaml")
    assert town.perturbations.enabled
    assert {event.kind for event in town.perturbations.events.values()} == {
        "price_spike", "blackout", "outage", "arranged_meet", "queue_closure",
    }  # fmt: skip
    assert "perturbations" not in "".join(town.unused)
    assert not load_config(ROOT / "configs/calm.yaml").perturbations.enabled
