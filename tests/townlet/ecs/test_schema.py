"""Declaring components."""

import numpy as np
import pytest
from tests.townlet.ecs.tiny import COMPONENTS, Fame, Gravity, Weight

from townlet.ecs import F32, column, component
from townlet.ecs.schema import Kind, SchemaError, spec_of


def test_a_declaration_says_everything() -> None:
    spec = spec_of(Weight)
    assert (spec.name, spec.kind, spec.doc) == ("Weight", Kind.STATE, "How heavy.")
    kilo, grip = spec.columns
    assert (kilo.name, kilo.dims, kilo.dtype.name, kilo.fill) == (
        "kilo",
        ("being",),
        "float32",
        2.0,
    )
    assert (kilo.unit, kilo.telemetry, kilo.doc, kilo.derived) == ("kg", "mean", "weight", False)
    assert (grip.dims, grip.dtype.name) == (("being", "hand"), "int32")


def test_what_is_authoritative_is_hashed() -> None:
    hashed = {spec.name: [c.name for c in spec.hashed()] for spec in map(spec_of, COMPONENTS)}
    assert hashed == {
        "Weight": ["kilo", "grip"],
        "Age": ["ticks"],
        "Gravity": [],
        "Fame": [],
        "Tally": [],
    }
    assert spec_of(Gravity).static
    assert not spec_of(Fame).static


def test_a_component_keeps_its_name_and_docstring() -> None:
    assert Weight.__name__ == "Weight"
    assert Weight.__module__ == "tests.townlet.ecs.tiny"
    assert Weight.__doc__ == "How heavy."


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(KeyError, match="Weight has no column 'gram'"):
        spec_of(Weight).column("gram")


def test_arrays_never_move() -> None:
    weight = Weight(kilo=np.zeros(2, np.float32), grip=np.zeros((2, 2), np.int32))
    with pytest.raises(AttributeError, match=r"Weight\.kilo is an array that never moves"):
        weight.kilo = np.zeros(2, np.float32)


def test_wrong_declarations_are_refused_by_name() -> None:
    with pytest.raises(SchemaError, match=r"Bad\.size: annotate a column with an array type"):

        @component
        class Bad:
            size: float = column("being", doc="no array")

    with pytest.raises(SchemaError, match=r"Worse\.size: write '= column\(\.\.\.\)'"):

        @component
        class Worse:
            size: F32

    with pytest.raises(SchemaError, match=r"Worst\.size: a column needs at least one dimension"):

        @component
        class Worst:
            size: F32 = column(doc="of nothing")


def test_a_plain_class_is_no_component() -> None:
    with pytest.raises(SchemaError, match="is not a component; decorate it with @component"):
        spec_of(int)
