"""Arrays and time, no town: components, systems, schedule, kernels, randomness, hashing."""

from townlet.ecs.kernel import device as device
from townlet.ecs.kernel import kernel as kernel
from townlet.ecs.kernel import rare as rare
from townlet.ecs.schema import F32 as F32
from townlet.ecs.schema import F64 as F64
from townlet.ecs.schema import I8 as I8
from townlet.ecs.schema import I16 as I16
from townlet.ecs.schema import I32 as I32
from townlet.ecs.schema import I64 as I64
from townlet.ecs.schema import U8 as U8
from townlet.ecs.schema import U16 as U16
from townlet.ecs.schema import U32 as U32
from townlet.ecs.schema import U64 as U64
from townlet.ecs.schema import Bool as Bool
from townlet.ecs.schema import column as column
from townlet.ecs.schema import component as component
from townlet.ecs.store import Sizes as Sizes
from townlet.ecs.store import Store as Store
from townlet.ecs.system import Emit as Emit
from townlet.ecs.system import Phase as Phase
from townlet.ecs.system import Read as Read
from townlet.ecs.system import Write as Write
from townlet.ecs.system import group as group
from townlet.ecs.system import system as system
