from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from townlet.affordances import BUILTIN_PATH, ManifestError, load_manifest
from townlet.errors import UserError

NEEDS = ("hunger", "hygiene", "energy")
ROOT = Path(__file__).resolve().parents[3]
REFERENCE = ROOT.parent / "shared/reference/configs/affordances/core.yaml"

GOOD = """\
- type: OBJECT
  id: " fridge_1 "
  object_type: fridge
  stock: {meals: 5, raw_ingredients: 2, power_on: 1}
  position: [3, 4]
- id: eat_meal
  object_type: fridge
  duration: "15"
  effects: {hunger: 0.4, money: -0.4}
  preconds: meal_available == true
  hooks: {before: on_attempt_eat, after: [a, b]}
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def affordance(**changes: str | None) -> str:
    """An entry at lines 1 to 4 (id, object_type, duration, effects), then the extras."""
    fields: dict[str, str | None] = {
        "id": "nap",
        "object_type": "bed",
        "duration": "5",
        "effects": "{energy: 0.1}",
    }
    fields.update(changes)
    lines = [f"{key}: {value}" for key, value in fields.items() if value is not None]
    return "- " + "\n  ".join(lines) + "\n"


def thing(**changes: str) -> str:
    fields = {"type": "object", "id": "bed_1", "object_type": "bed", **changes}
    return "- " + "\n  ".join(f"{key}: {value}" for key, value in fields.items()) + "\n"


def test_good_manifest(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    manifest = load_manifest(path, NEEDS, strict=True)
    (placed,) = manifest.objects
    assert (placed.id, placed.object_type, placed.position) == ("fridge_1", "fridge", (3, 4))
    assert placed.items == (2, 5, 0)
    (eat,) = manifest.affordances
    assert eat.duration == 15
    assert eat.preconds == ("meal_available == true",)
    assert eat.hooks == {"before": ("on_attempt_eat",), "after": ("a", "b")}
    assert manifest.warnings == ()
    assert manifest.notes == (
        f"{path}:1: entry 1 ('fridge_1'): stock of 'power_on': accepted, not used yet",
    )
    assert manifest.metadata() == {
        "path": str(path),
        "checksum": hashlib.sha256(path.read_bytes()).hexdigest(),
        "object_count": 1,
        "affordance_count": 1,
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "m.yaml:1: the file is empty; a list of entries is expected"),
        ("id: nap\n", "m.yaml:1: the root must be a list of entries, not a map"),
        ("7\n", "m.yaml:1: the root must be a list of entries, not a single value"),
        ("- [a\n", "m.yaml:2: not valid YAML: while parsing a flow sequence"),
        ("- 5\n", "m.yaml:1: entry 1: an entry must be a map, not 5"),
        (affordance(type="widget"), "m.yaml:5: entry 1 ('nap'): type must be object or affordance"),
        (affordance(id=None), "m.yaml:1: entry 1: id is missing"),
        (affordance(id="'  '"), "m.yaml:1: entry 1 (''): id must be a non-blank string, not a bl"),
        (affordance(id="5"), "id must be a non-blank string, not 5"),
        (affordance(object_type=None), "entry 1 ('nap'): object_type is missing"),
        (affordance(object_type="[bed]"), "m.yaml:2: entry 1 ('nap'): object_type must be a non-"),
        (
            thing(id="nap") + affordance(),
            "m.yaml:4: entry 2 ('nap'): the id 'nap' is already used by the entry at line 1",
        ),
        (thing(stock="[1]"), "m.yaml:4: entry 1 ('bed_1'): stock must be a map, not [1]"),
        (thing(stock="{5: 1}"), "an item of stock must be a string, not 5"),
        (
            thing(stock="{meals: 1.5}"),
            "stock of 'meals' must be a whole number from 0 to 32767, no",
        ),
        (thing(stock="{meals: -1}"), "stock of 'meals' must be a whole number from 0 to 32767, no"),
        (thing(position="[1]"), "position must be a list of two numbers [x, y], not [1]"),
        (thing(position="12"), "position must be a list of two numbers [x, y], not 12"),
        (thing(position="[1, a]"), "position must hold whole numbers, 0 or more, not 'a'"),
        (thing(position="[1, -2]"), "position must hold whole numbers, 0 or more, not -2"),
        (thing(duration="5"), "unknown key 'duration' of an object, "),
        (affordance(duration=None), "m.yaml:1: entry 1 ('nap'): duration is missing"),
        (affordance(duration="soon"), "m.yaml:3: entry 1 ('nap'): duration must be a whole number"),
        (affordance(duration="2.5"), "duration must be a whole number of ticks from 1 to 1000000"),
        (affordance(duration="0"), "duration must be a whole number of ticks from 1 to 1000000, n"),
        (
            affordance(effects="{}"),
            "m.yaml:4: entry 1 ('nap'): effects must be a map with at least",
        ),
        (affordance(effects=None), "effects must be a map with at least one effect"),
        (affordance(effects="[energy]"), "effects must be a map, not ['energy']"),
        (affordance(effects="{5: 1}"), "the name of an effect must be a string, not 5"),
        (affordance(effects="{energy: lots}"), "effect 'energy' must be a number, not 'lots'"),
        (affordance(effects="{energy: true}"), "effect 'energy' must be a number, not True"),
        (affordance(effects="{energy: .nan}"), "effect 'energy' must be from -1e+06 to 1e+06, not"),
        (affordance(effects="{meals: 0.5}"), "effect 'meals' must be a whole number, not 0.5"),
        (
            affordance(preconds="{a: b}"),
            "m.yaml:5: entry 1 ('nap'): preconds must be a string or a",
        ),
        (affordance(preconds="[5]"), "an item of preconds must be a non-blank string, not 5"),
        (
            affordance(preconds="[' ']"),
            "an item of preconds must be a non-blank string, not a blan",
        ),
        (affordance(preconds="''"), "preconds must be a non-blank string, not a blank one"),
        (affordance(hooks="[x]"), "m.yaml:5: entry 1 ('nap'): hooks must be a map, not ['x']"),
        (
            affordance(hooks="{befor: x}"),
            "unknown key 'befor' of hooks, the nearest valid name is ",
        ),
        (affordance(hooks="{before: [1]}"), "an item of hooks.before must be a non-blank string"),
        (affordance(precond="x"), "unknown key 'precond' of an affordance, the nearest valid name"),
        (affordance(price="meal"), "price must be a price of the economy, not 'meal'; the nearest"),
        (affordance(price="[gym]"), "price must be a price of the economy, not ['gym']"),
        (
            affordance(effects="{money: -1}", price="gym"),
            "price and the effect 'money' both set the price",
        ),
        ("- id: a\n  id: b\n", "m.yaml:2: entry 1: key 'id' of an entry is given twice, first at"),
        (affordance(effects="{energy: 1, energy: 2}"), "key 'energy' of effects is given twice"),
        ("- [a]: 1\n", "a list of entries"),
        (affordance(id="!!int x"), "not valid YAML"),
    ],
)
def test_each_fault_has_its_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    if sentence == "a list of entries":
        text, sentence = "- ? [a]\n  : 1\n", "m.yaml:1: entry 1: an entry has a key that is not a"
    with pytest.raises(ManifestError) as caught:
        load_manifest(write(tmp_path, text), NEEDS)
    assert sentence in str(caught.value)
    assert str(tmp_path / "m.yaml") in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, UserError)


@pytest.mark.parametrize(
    ("precond", "sentence"),
    [
        (
            "needs.hungr < 0.4",
            "column 1: unknown name 'needs.hungr', the nearest valid name is 'needs.hunger'",
        ),
        (
            "power_on and water == true",
            "column 14: unknown name 'water', the nearest valid name is",
        ),
        ("needs == 1", "column 1: 'needs' is not a value by itself; write needs.hunger or needs."),
        ("queue", "unknown name 'queue', the nearest valid name is 'queue_length'"),
        ("wallet ==", "column 10: not an expression"),
        ("wallet > 'five'", "column 10: '>' orders numbers, not a string"),
        ("agent.job_id < 3", "column 1: '<' orders numbers, not the name of a job"),
        ("-agent.job_id == 1", "column 1: unary '-' needs a number, not the name of a job"),
        ("-null == 1", "unary '-' needs a number, not null"),
        ("wallet == 'rich'", "column 1: cannot compare a number with a string"),
        ("agent.job_id == 5", "cannot compare the name of a job with a number"),
        (
            "agent.shift_state == 'latte'",
            "column 22: 'latte' is not a shift state, the nearest valid name is 'late'",
        ),
        ("affordance_id == 'nop'", "'nop' is not the id of an affordance, the nearest valid name"),
        ("wallet + 1 > 2", "column 1: the precondition language has no arithmetic"),
        ("len(wallet) > 2", "column 1: the precondition language has no calls"),
        ("wallet is None", "the precondition language has no 'is'; use == or !="),
        ("1 if occupied else 2", "has no if-else"),
        ("inventory[1:2]", "a key or index must be a quoted name or a whole number"),
        ("wallet in 'abc'", "column 11: only a list or a tuple may stand to the right of 'in'"),
        ("[wallet]", "a list may stand only to the right of 'in'"),
        ("wallet == [1]", "a list may stand only to the right of 'in'"),
        ("~1 == 2", "has no '~'"),
        ("wallet > 1e999", "is too large to compare exactly"),
        ("wallet > 9007199254740993", "is too large to compare exactly"),
        ("wallet == 1j", "has no 1j"),
        ("'ü' == 'ü' and (nope)", "column 17: unknown name 'nope'"),
        ("not " * 5000 + "wallet", "column 1: "),
    ],
)
def test_bad_preconditions_are_refused_with_their_position(
    tmp_path: Path, precond: str, sentence: str
) -> None:
    text = affordance(preconds=f'\n    - power_on\n    - "{precond}"')
    with pytest.raises(ManifestError) as caught:
        load_manifest(write(tmp_path, text), NEEDS)
    message = str(caught.value)
    assert f"{tmp_path / 'm.yaml'}:7: entry 1 ('nap'): precondition " in message
    assert sentence in message


def test_all_faulty_entries_are_listed(tmp_path: Path) -> None:
    text = affordance(duration="0") + affordance(id="b", preconds="nope") + affordance(id="c")
    with pytest.raises(ManifestError) as caught:
        load_manifest(write(tmp_path, text), NEEDS)
    assert [sentence.split("entry ")[1][:1] for sentence in caught.value.sentences] == ["1", "2"]


def test_needs_decide_which_effects_and_variables_exist(tmp_path: Path) -> None:
    path = write(tmp_path, affordance(effects="{fun: 0.3}", preconds="needs.fun < 1"))
    with pytest.raises(ManifestError, match=r"unknown name 'needs\.fun'"):
        load_manifest(path, NEEDS)
    assert load_manifest(path, (*NEEDS, "fun"), strict=True).affordances[0].effects == {"fun": 0.3}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            affordance(effects="\n    energy: 0.1\n    hungre: 0.2"),
            "m.yaml:6: entry 1 ('nap'): effect 'hungre' has no effect, the nearest valid name is "
            "'hunger'",
        ),
        (affordance(effects="{money: 0.5}"), "effect 'money' above 0 has no payer and is ignored"),
        (thing(stock="{meels: 1}"), "stock of 'meels' has no effect, the nearest valid name is "),
        (
            affordance(preconds="object.object_type == 'bedd'"),
            "unknown object type 'bedd', the nearest valid name is 'bed'",
        ),
    ],
)
def test_warnings_are_errors_when_strict(tmp_path: Path, text: str, sentence: str) -> None:
    path = write(tmp_path, text)
    (warning,) = load_manifest(path, NEEDS).warnings
    assert sentence in warning
    with pytest.raises(ManifestError) as caught:
        load_manifest(path, NEEDS, strict=True)
    assert caught.value.sentences == (warning,)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"nowhere\.yaml: there is no such manifest file"):
        load_manifest(tmp_path / "nowhere.yaml", NEEDS)
    with pytest.raises(ManifestError, match="cannot read the manifest"):
        load_manifest(tmp_path, NEEDS)
    (tmp_path / "latin.yaml").write_bytes(b"- id: a\n  object_type: caf\xe9\n")
    with pytest.raises(ManifestError, match=r"latin\.yaml:2: the file is not UTF-8"):
        load_manifest(tmp_path / "latin.yaml", NEEDS)


def test_merge_keys_may_be_overridden(tmp_path: Path) -> None:
    text = "- &nap\n  id: nap\n  object_type: bed\n  duration: 5\n  effects: {energy: 0.1}\n"
    text += "- <<: *nap\n  id: long_nap\n  duration: 50\n"
    manifest = load_manifest(write(tmp_path, text), NEEDS)
    assert [(a.id, a.duration) for a in manifest.affordances] == [("nap", 5), ("long_nap", 50)]


def test_built_in_manifest_is_the_documented_copy() -> None:
    copy = ROOT / "configs/affordances/core.yaml"
    assert copy.read_text(encoding="utf-8") == BUILTIN_PATH.read_text(encoding="utf-8")
    manifest = load_manifest(None, NEEDS, strict=True)
    assert manifest.ids == (
        "use_shower", "eat_meal", "cook_meal", "rest_sleep", "shop", "relax", "exercise",
        "drink_coffee",
    )  # fmt: skip
    assert manifest.notes == ()


@pytest.mark.skipif(not REFERENCE.exists(), reason="the prototype's files are not here")
def test_prototype_manifest_validates() -> None:
    manifest = load_manifest(REFERENCE, NEEDS, strict=True)
    assert manifest.ids == ("use_shower", "eat_meal", "cook_meal", "rest_sleep")
    assert len(manifest.objects) == 3
    assert manifest.notes == ()
