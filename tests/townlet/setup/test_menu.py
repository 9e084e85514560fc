"""Which affordances serve which option."""

from pathlib import Path

import pytest

from townlet.config import load_config
from townlet.setup.blueprint import Blueprint, draw_blueprint
from townlet.setup.menu import build_menu, option_of_need


def menu_of(tmp_path: Path, manifest: str | None = None, needs: str = "") -> dict[str, list[str]]:
    blue = blueprint(tmp_path, manifest, needs)
    lists = build_menu(blue.table).affordances
    return {
        option: [blue.table.ids[a] for a in affordances]
        for option, affordances in zip(blue.option_names, lists, strict=True)
    }


def blueprint(tmp_path: Path, manifest: str | None, needs: str) -> Blueprint:
    text = "world: {agents: 8}\n" + needs
    if manifest is not None:
        (tmp_path / "own.yaml").write_text(manifest)
        text += "affordances: {affordances_file: own.yaml}\n"
    (tmp_path / "town.yaml").write_text(text)
    return draw_blueprint(load_config(tmp_path / "town.yaml"))


def test_the_core_manifest(tmp_path: Path) -> None:
    menu = menu_of(tmp_path)
    assert menu["get_fed"] == ["eat_meal"]
    assert menu["get_clean"] == ["use_shower"]
    assert menu["sleep"] == ["rest_sleep"]
    assert "relax" in menu["relax"]
    assert menu["shop"] == ["shop"]
    for without in ("idle", "go_to_work", "socialise"):
        assert menu[without] == []


def test_what_makes_meals_is_the_producer_of_eating(tmp_path: Path) -> None:
    blue = blueprint(tmp_path, None, "")
    rows = build_menu(blue.table)
    options = blue.option_names
    assert blue.table.ids[rows.producer[options.index("get_fed")]] == "cook_meal"
    assert [p for k, p in enumerate(rows.producer) if options[k] != "get_fed"] == [-1] * 7
    assert [rows.need[options.index(o)] for o in ("get_fed", "get_clean", "sleep", "relax")] == [
        0, 1, 2, -1,
    ]  # fmt: skip


@pytest.mark.parametrize(("gain", "option"), [(0.1, "sleep"), (0.09, "relax")])
def test_a_little_is_leisure(tmp_path: Path, gain: float, option: str) -> None:
    manifest = f"- {{id: nap, object_type: bench, duration: 9, effects: {{energy: {gain}}}}}\n"
    assert [o for o, names in menu_of(tmp_path, manifest).items() if names] == [option]


def test_a_need_of_ones_own_takes_whatever_fills_it(tmp_path: Path) -> None:
    needs = "needs: {fun: {decay: 0.001, weight: 0.5, threshold: 0.4}}\n"
    manifest = "- {id: play, object_type: bench, duration: 9, effects: {fun: 0.01, energy: 0.2}}\n"
    menu = menu_of(tmp_path, manifest, needs)
    assert (menu["get_fun"], menu["sleep"], menu["relax"]) == (["play"], ["play"], [])


def test_types_the_town_does_not_have_serve_nothing(tmp_path: Path) -> None:
    manifest = "- {id: swim, object_type: pool, duration: 9, effects: {hygiene: 0.5}}\n"
    assert not any(menu_of(tmp_path, manifest).values())


def test_options_of_needs() -> None:
    assert [option_of_need(n) for n in range(5)] == [1, 2, 3, 8, 9]
