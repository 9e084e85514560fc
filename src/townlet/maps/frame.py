"""The grid of districts: how many, how they lie, and which layout each is an instance of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, isqrt

import numpy as np
from numpy.typing import NDArray

from townlet.maps.checks import check_layout, check_same_frame
from townlet.maps.generator import generate_layout
from townlet.maps.layout import Layout
from townlet.maps.luck import Purpose, words
from townlet.maps.open_ground import open_layout
from townlet.maps.plan import ExtraObject, PlanSpec

LAYOUTS = 4
"""Different layouts the generator draws for a town of four or more districts."""


def running_total(counts: NDArray[np.int64]) -> NDArray[np.int32]:
    """Running total of counts from 0, int32 (len + 1,)."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


@dataclass(frozen=True, eq=False)
class Frame:
    """Districts and their layouts.

    Attributes:
        layouts: the drawings.
        grid_w, grid_h: districts from west to east and from north to south.
        layout: number of the layout of each district, int16 (districts,).
    """

    layouts: tuple[Layout, ...]
    grid_w: int
    grid_h: int
    layout: NDArray[np.int16]

    @property
    def districts(self) -> int:
        """Number of districts."""
        return self.grid_w * self.grid_h

    @property
    def width(self) -> int:
        """Tiles of a district from west to east."""
        return self.layouts[0].width

    @property
    def height(self) -> int:
        """Tiles of a district from north to south."""
        return self.layouts[0].height

    @cached_property
    def place_first(self) -> NDArray[np.int32]:
        """First place of each district, int32 (districts + 1,)."""
        counts = np.array([len(layout.places) for layout in self.layouts], np.int64)
        return running_total(counts[self.layout])

    def layout_of(self, district: int) -> Layout:
        """The drawing of a district."""
        return self.layouts[int(self.layout[district])]

    def locate(self, x: int, y: int) -> tuple[int, int]:
        """District and tile of a position in the town."""
        district = y // self.height * self.grid_w + x // self.width
        return district, y % self.height * self.width + x % self.width


def make_frame(spec: PlanSpec, objects: tuple[ExtraObject, ...]) -> Frame:
    """Lay out the grid of districts.

    Args:
        spec: what the town is asked to hold.
        objects: the extra objects, which an open district is drawn around.

    Raises:
        UserError: a layout that cannot be used, or too little room.
    """
    if spec.layouts:
        frame = _drawn(spec)
    elif spec.grid_size is not None:
        layout = open_layout(spec.grid_size, objects, spec.map_seed)
        frame = Frame((layout,), 1, 1, np.zeros(1, np.int16))
    else:
        frame = _generated(spec)
    for layout in frame.layouts:
        check_layout(layout)
    if frame.districts > 1:
        check_same_frame(frame.layouts)
    return frame


def _rectangle(districts: int) -> tuple[int, int]:
    """Width and height of the nearly square full rectangle that holds so many districts."""
    width = isqrt(districts - 1) + 1
    return width, ceil(districts / width)


def _choose(spec: PlanSpec, layouts: int, districts: int) -> NDArray[np.int16]:
    """A layout for each district, by the map seed."""
    draws = words(spec.map_seed, Purpose.LAYOUT_OF_DISTRICT, districts)
    return (draws % np.uint64(layouts)).astype(np.int16)


def _generated(spec: PlanSpec) -> Frame:
    """As many districts as the capacity needs, of up to four generated layouts."""
    grid_w, grid_h = _rectangle(ceil(spec.capacity / spec.residents_per_district))
    districts = grid_w * grid_h
    residents = ceil(spec.capacity / districts)
    layouts = tuple(
        generate_layout(spec.map_seed, number, residents, spec.district_size)
        for number in range(min(LAYOUTS, districts))
    )
    return Frame(layouts, grid_w, grid_h, _choose(spec, len(layouts), districts))


def _drawn(spec: PlanSpec) -> Frame:
    """As many districts of the drawn layouts as it takes to give every slot a bed."""
    beds = np.array([len(layout.beds()) for layout in spec.layouts], np.int64)
    per = float(beds.mean()) or float(spec.residents_per_district)
    wanted = max(1, ceil(spec.capacity / max(per, float(beds.max()))))
    while True:
        grid_w, grid_h = _rectangle(wanted)
        chosen = _choose(spec, len(spec.layouts), grid_w * grid_h)
        if not beds.any() or int(beds[chosen].sum()) >= spec.capacity:
            break
        wanted = max(wanted + 1, int(wanted * spec.capacity / max(1, int(beds[chosen].sum()))))
    return Frame(tuple(spec.layouts), grid_w, grid_h, chosen)
