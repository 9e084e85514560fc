"""YAML with lines: what is read, and what is said about what cannot be."""

from pathlib import Path
from typing import Any

import pytest

from townlet.config import ConfigError
from townlet.config.document import Place
from townlet.config.yaml_source import parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("OFF", "OFF"),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("3", 3),
        ("010", 10),
        ("0x10", 16),
        ("-1_000", -1000),
        ("3e-4", 3e-4),
        ("1.5", 1.5),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("'3'", "3"),
        ("[1, {a: b}]", [1, {"a": "b"}]),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: Any) -> None:
    read = parse_yaml(f"key: {text}\n", "x.yaml").values["key"]
    assert read == value
    assert type(read) is type(value)


def test_every_key_knows_its_line() -> None:
    places = parse_yaml("a: 1\nb:\n  c: 2\n  d:\n    - 3\n    - e: 4\n", "x.yaml").places
    lines = {".".join(path): place.line for path, place in places.items() if place}
    assert lines == {
        "": 1,
        "a": 1,
        "b": 2,
        "b.c": 3,
        "b.d": 4,
        "b.d.0": 5,
        "b.d.1": 6,
        "b.d.1.e": 6,
    }
    assert places[("b", "c")] == Place("x.yaml", 3)


def test_anchors_and_merges() -> None:
    text = "base: &b {x: 1, y: 2}\nother:\n  <<: *b\n  y: 3\n"
    assert parse_yaml(text, "x.yaml").values["other"] == {"x": 1, "y": 3}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "",
            "x.yaml:1: the file is empty; a config is a mapping of sections such as 'world' and"
            " 'economy', and '{}' means all defaults.",
        ),
        (
            "# only a comment\n",
            "x.yaml:1: the file is empty; a config is a mapping of sections such as 'world' and"
            " 'economy', and '{}' means all defaults.",
        ),
        (
            "\n- a\n",
            "x.yaml:2: the file holds a list; a config is a mapping of sections such as 'world'"
            " and 'economy'.",
        ),
        (
            "a: 1\nb: [1,\n  2\nc: 3\n",
            "x.yaml:2: the '[' opened here is not closed properly; reading stopped at line 4.",
        ),
        (
            "a: {b: 1\n",
            "x.yaml:1: the '{' opened here is not closed properly; reading stopped at line 2.",
        ),
        ("a: 'b\n", "x.yaml:1: the quote opened here is not closed."),
        ("a:\n\tb: 1\n", "x.yaml:2: a tab stands where spaces must; YAML indents with spaces."),
        (
            "a:\n  b: 1\n  b: 2\n",
            "x.yaml:3: key 'a.b' is given twice; it was first given on line 2.",
        ),
        ("a: *b\n", "x.yaml:1: this is not valid YAML: found undefined alias 'b'."),
        ("a: 1\nb: \x01\n", "x.yaml:2: this line holds a character that YAML does not allow."),
        ("? [a]\n: 1\n", "x.yaml:1: a key must be plain text."),
        ("a: &x {b: *x}\n", "x.yaml:1: this anchor contains itself."),
        ("a: 1\n<<: 3\n", "x.yaml:2: '<<' must name a mapping."),
    ],
)
def test_what_cannot_be_read_gets_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_yaml(text, "x.yaml")
    assert str(caught.value) == sentence


def test_foreign_tags_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"^x\.yaml:2: '3' with tag .* cannot be read"):
        parse_yaml("a: 1\nb: !!python/object:os.system 3\n", "x.yaml")


def test_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "town.yaml").write_text("{}")
    with pytest.raises(ConfigError) as caught:
        read_yaml(tmp_path / "twon.yaml")
    near = tmp_path / "town.yaml"
    assert str(caught.value).endswith(f"there is no such file; did you mean '{near}'?")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no.yaml: there is no such file\.$"):
        read_yaml(tmp_path / "nowhere" / "no.yaml")
    with pytest.raises(ConfigError, match="is a folder, not a config file"):
        read_yaml(tmp_path)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"a: \xff\xfe")
    with pytest.raises(ConfigError, match="byte 3 is not UTF-8"):
        read_yaml(tmp_path / "x.yaml")
