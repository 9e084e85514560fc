"""Bundles inside compiled code: an address instead of a hundred arrays.

A kernel's bundle of arrays (a named tuple, which may hold bundles) lies in the context of its
launch, one word after the other. Compiled code gets the address and the bounds of the lane; an
array is made where it is named. By value, every function of a chain would take and pass on seven
values per array, which keeps the compiler busy (docs/design/0005-jit-cache.md).
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, register_model
from numba.np.arrayobj import make_array, populate_array

WORD = ir.IntType(64)
#: How an array is handed to a lane: all of it, the lane's rows, the lane's own row of scratch.
WHOLE, ROWS, LANE = 0, 1, 2


class ArraySlot:
    """An array in a context: its address, then its shape.

    Attributes:
        type: numba's type of the array.
        slicing: WHOLE, ROWS or LANE.
        words: words it takes.
    """

    def __init__(self, array_type: types.Array, slicing: int) -> None:
        self.type = array_type
        self.slicing = slicing
        self.words = 1 + array_type.ndim

    def __str__(self) -> str:
        return f"{self.type}:{self.slicing}"


class BundleType(types.Type):
    """A named tuple that lies in a context.

    Attributes:
        fields: by name, the offset in words and what lies there: an array or a bundle.
        words: words it takes.
    """

    def __init__(self, name: str, slots: dict[str, ArraySlot | BundleType]) -> None:
        self.fields: dict[str, tuple[int, ArraySlot | BundleType]] = {}
        self.words = 0
        for field, slot in slots.items():
            self.fields[field] = (self.words, slot)
            self.words += slot.words
        text = ", ".join(f"{field}={slot}" for field, slot in slots.items())
        # Short: it is part of the name of every function that takes it.
        super().__init__(f"{name}_{hashlib.sha256(text.encode()).hexdigest()[:16]}")


@register_model(BundleType)
class _BundleModel(models.StructModel):
    """Address of the first word; the lane's rows; the lane."""

    def __init__(self, manager: Any, kind: BundleType) -> None:
        members = [(name, types.intp) for name in ("base", "low", "high", "lane")]
        super().__init__(manager, kind, members)


@infer_getattr
class _BundleAttributes(AttributeTemplate):
    key = BundleType

    def generic_resolve(  # type: ignore[override]
        self, kind: BundleType, name: str
    ) -> types.Type | None:
        """Type of a field; None: there is no such field."""
        if name not in kind.fields:
            return None
        slot = kind.fields[name][1]
        return slot.type if isinstance(slot, ArraySlot) else slot


def _fixed(instruction: Any) -> Any:
    """Mark a load from a context, which never changes while a kernel runs."""
    instruction.set_metadata("invariant.load", instruction.module.add_metadata([]))
    return instruction


def _word(builder: Any, base: Any, index: int) -> Any:
    """Word ``index`` from an address on."""
    table = builder.inttoptr(base, WORD.as_pointer())
    return _fixed(builder.load(builder.gep(table, [ir.Constant(WORD, index)])))


def load_array(ctx: Any, builder: Any, slot: ArraySlot, base: Any, lane: tuple[Any, ...]) -> Any:
    """Make an array of the words from ``base`` on.

    Args:
        ctx, builder: of the function that is compiled.
        slot: what lies there.
        base: address.
        lane: first row of the lane, the row after its last, number of the lane.
    """
    ndim, item_size = slot.type.ndim, np.dtype(str(slot.type.dtype)).itemsize
    shape = [_word(builder, base, 1 + d) for d in range(ndim)]
    strides: list[Any] = [ir.Constant(WORD, item_size)]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    start, (low, high, number) = _word(builder, base, 0), lane
    if slot.slicing == ROWS:
        shape[0] = builder.sub(high, low)
        start = builder.add(start, builder.mul(low, strides[0]))
    elif slot.slicing == LANE:
        shape[0] = ir.Constant(WORD, 1)
        start = builder.add(start, builder.mul(number, strides[0]))
    array = make_array(slot.type)(ctx, builder)
    populate_array(
        array,
        data=builder.inttoptr(start, array.data.type),
        shape=cgutils.pack_array(builder, shape, WORD),
        strides=cgutils.pack_array(builder, strides, WORD),
        itemsize=ir.Constant(WORD, item_size),
        meminfo=None,
    )
    return array._getvalue()


@lower_getattr_generic(BundleType)
def _lower_field(ctx: Any, builder: Any, kind: BundleType, value: Any, name: str) -> Any:
    offset, slot = kind.fields[name]
    bundle = cgutils.create_struct_proxy(kind)(ctx, builder, value=value)
    base = builder.add(bundle.base, ir.Constant(WORD, 8 * offset))
    if isinstance(slot, ArraySlot):
        return load_array(ctx, builder, slot, base, (bundle.low, bundle.high, bundle.lane))
    inner = cgutils.create_struct_proxy(slot)(ctx, builder)
    inner.base, inner.low, inner.high, inner.lane = base, bundle.low, bundle.high, bundle.lane
    return inner._getvalue()


def reader(slot: ArraySlot | BundleType) -> Any:
    """An intrinsic ``(address, low, high, lane) -> array or bundle``."""
    result = slot.type if isinstance(slot, ArraySlot) else slot

    @intrinsic
    def read(typingctx: Any, address: Any, low: Any, high: Any, lane: Any) -> Any:
        def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
            if isinstance(slot, ArraySlot):
                return load_array(ctx, builder, slot, args[0], tuple(args[1:]))
            bundle = cgutils.create_struct_proxy(slot)(ctx, builder)
            bundle.base, bundle.low, bundle.high, bundle.lane = args
            return bundle._getvalue()

        return result(*[types.intp] * 4), codegen

    return read
