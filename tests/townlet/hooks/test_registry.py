"""The registry: what a module can ask to be called for."""

import pytest

from townlet.hooks.registry import EVENTS, HookRegistry, RegistrationError


def hook(batch: object, world: object) -> None: ...


def test_hooks_are_kept_in_order_of_registration() -> None:
    hooks = HookRegistry("mine")
    hooks.on("on_tick", hook)
    hooks.fail("b", hook)
    hooks.before(" a ", hook)
    hooks.after("a", hook)
    assert [(h.what, h.name) for h in hooks.handlers] == [
        ("on_tick", ""), ("fail", "b"), ("before", "a"), ("after", "a")
    ]  # fmt: skip
    assert hooks.handlers[1].label == "mine.hook (fail b)"
    assert hooks.handlers[0].label == "mine.hook (on_tick)"


def test_methods_are_decorators_too() -> None:
    hooks = HookRegistry("mine")

    @hooks.before("a")
    def one(batch: object, world: object) -> None: ...

    @hooks.on("on_exit")
    def two(batch: object, world: object) -> None: ...

    assert [h.function for h in hooks.handlers] == [one, two]


def test_all_events_of_the_specification_can_be_asked_for() -> None:
    hooks = HookRegistry("mine")
    for event in (
        "on_tick", "on_spawn", "on_exit", "on_conflict", "on_need_threshold", "on_price_change",
        "on_weather_change", "on_outage",
    ):  # fmt: skip
        hooks.on(event, hook)
    assert tuple(h.what for h in hooks.handlers) == EVENTS


def test_what_cannot_be_registered_gets_a_sentence() -> None:
    hooks = HookRegistry("mine")
    with pytest.raises(RegistrationError, match="unknown event 'on_spwan'; did you mean 'on_spaw"):
        hooks.on("on_spwan", hook)
    with pytest.raises(RegistrationError, match="non-blank string, not ' '"):
        hooks.before(" ", hook)
    with pytest.raises(RegistrationError, match="non-blank string, not 3"):
        hooks.after(3, hook)  # type: ignore[call-overload]
    with pytest.raises(RegistrationError, match="'x' is no function"):
        hooks.fail("a", "x")  # type: ignore[call-overload]
    assert hooks.handlers == []
