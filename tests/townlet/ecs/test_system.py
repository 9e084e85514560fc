"""Declaring systems: the parameters are the declaration."""

import pytest
from tests.townlet.ecs.tiny import Age, Gravity, Weight, put_on_weight, spec_of_system

from townlet.ecs import Emit, Phase, Read, Write, group, system
from townlet.ecs.schema import SchemaError
from townlet.ecs.system import DERIVED_PHASES, DeclarationError, arguments


def test_the_parameters_are_the_declaration() -> None:
    spec = spec_of_system(put_on_weight)
    assert (spec.name, spec.phase, spec.after, spec.doc) == (
        "put_on_weight", Phase.LIVE, (), "Beings grow.",
    )  # fmt: skip
    assert [(a.parameter, a.name, a.mode) for a in spec.access] == [
        ("weight", "Weight", "write"),
        ("gravity", "Gravity", "read"),
    ]
    assert spec.touches() == {"Weight", "Gravity"}


def test_emitting_is_declared_too() -> None:
    @system(phase=Phase.USE, after=["something"])
    def shout(age: Emit[Age], weight: Read[Weight]) -> None:
        """Shouts."""

    spec = spec_of_system(shout)
    assert (spec.names("emit"), spec.names("read"), spec.names("write")) == (
        ["Age"],
        ["Weight"],
        [],
    )
    assert spec.after == ("something",)


def test_a_parameter_without_access_is_refused() -> None:
    with pytest.raises(DeclarationError, match="system vague: annotate parameter 'weight' with"):

        @system(phase=Phase.LIVE)
        def vague(weight: Weight) -> None:
            """Says nothing about what it does."""


def test_writing_the_map_or_the_rules_is_refused() -> None:
    for mode in (Write, Emit):
        with pytest.raises(DeclarationError, match="system heave: Gravity is static; it can only"):

            @system(phase=Phase.LIVE)
            def heave(gravity: mode[Gravity]) -> None:  # type: ignore[valid-type]
                """Changes a rule."""


def test_a_parameter_must_be_a_component() -> None:
    with pytest.raises(SchemaError, match="is not a component"):

        @system(phase=Phase.LIVE)
        def count(number: Read[int]) -> None:
            """Reads a number."""


def test_phases_are_the_specified_ones_in_order() -> None:
    assert [phase.name for phase in sorted(Phase)] == [
        "ORDERS", "ARRIVE", "DECIDE", "ACT", "USE", "LIVE", "LEAVE", "SCORE", "OBSERVE", "REPORT",
    ]  # fmt: skip
    assert {phase.name for phase in DERIVED_PHASES} == {"SCORE", "OBSERVE", "REPORT"}


def test_a_group_declares_and_hands_over_each_of_its_components() -> None:
    @group
    class Both:
        """Two components."""

        weight: Weight
        gravity: Gravity

    @system(phase=Phase.LIVE)
    def watch(both: Read[Both], cold: Write[Weight]) -> None:
        """Watch."""

    spec = spec_of_system(watch)
    assert [(a.parameter, a.name, a.mode) for a in spec.access] == [
        ("both.weight", "Weight", "read"),
        ("both.gravity", "Gravity", "read"),
        ("cold", "Weight", "write"),
    ]

    class Views:
        def read(self, klass: type) -> str:
            return f"read {klass.__name__}"

        def write(self, klass: type) -> str:
            return f"write {klass.__name__}"

    given = arguments(watch, Views())
    assert (given["both"].weight, given["both"].gravity) == ("read Weight", "read Gravity")
    assert given["cold"] == "write Weight"


def test_a_group_names_components_only() -> None:
    with pytest.raises(SchemaError, match="is not a component"):

        @group
        class Odd:
            """Not a component."""

            number: int


def test_a_group_with_static_components_cannot_be_written() -> None:
    @group
    class Both:
        """Two components."""

        weight: Weight
        gravity: Gravity

    with pytest.raises(DeclarationError, match="Gravity is static"):

        @system(phase=Phase.LIVE)
        def change(both: Write[Both]) -> None:
            """Change."""
