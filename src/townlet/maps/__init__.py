"""Maps: layouts, the generator, districts and routing tables.

:func:`build_plan` is the one entry point of the engine; the rest reads and draws maps.
"""

from townlet.maps.ascii import load_layout as load_layout
from townlet.maps.build import build_plan as build_plan
from townlet.maps.from_config import plan_spec as plan_spec
from townlet.maps.kinds import OBJECT_TYPES as OBJECT_TYPES
from townlet.maps.kinds import PLACE_KINDS as PLACE_KINDS
from townlet.maps.kinds import TILE_KINDS as TILE_KINDS
from townlet.maps.layout import Anchor as Anchor
from townlet.maps.layout import Layout as Layout
from townlet.maps.layout import Place as Place
from townlet.maps.picture import render_png as render_png
from townlet.maps.plan import PlanSpec as PlanSpec
from townlet.maps.plan import TownPlan as TownPlan
from townlet.maps.text import render_text as render_text
from townlet.maps.walk import walk_distance as walk_distance
