"""Intent: what an agent is up to."""

from townlet.ecs import I8, I16, I32, U8, Bool, column, component

#: Options that exist in every town; one ``get_<need>`` follows per further need (SPEC §12).
OPTIONS = ("idle", "get_fed", "get_clean", "sleep", "go_to_work", "shop", "socialise", "relax")
IDLE, GET_FED, GET_CLEAN, SLEEP, GO_TO_WORK, SHOP, SOCIALISE, RELAX = range(len(OPTIONS))
#: Primitives before ``interact:<affordance>``, in this order (SPEC §12).
PRIMITIVES = (
    "wait",
    "move_north",
    "move_south",
    "move_east",
    "move_west",
    "talk",
    "buy",
    "use_item",
    "leave",
)
WAIT, NORTH, SOUTH, EAST, WEST, TALK, BUY, USE_ITEM, LEAVE_QUEUE = range(len(PRIMITIVES))
INTERACT = len(PRIMITIVES)


@component
class Intent:
    """Option, target and the primitive of this tick."""

    option: I8 = column("agent", doc="current option")
    target: I32 = column("agent", fill=-1, doc="object the option goes for; -1 none")
    affordance: I16 = column("agent", fill=-1, doc="what it wants to do there")
    wake: I32 = column("agent", unit="ticks", doc="first tick at which the option may change")
    primitive: I16 = column("agent", doc="primitive emitted in this tick")
    object: I32 = column("agent", fill=-1, doc="object an interact means; -1 none")
    person: I32 = column("agent", fill=-1, doc="slot it wants to talk with; -1 nobody")
    shunned: I32 = column("agent", fill=-1, doc="rival the last choice kept away from; -1 none")


@component
class Orders:
    """Given actions and possession; what a policy may not decide."""

    option: I16 = column("agent", fill=-1, doc="option given for this tick; -1: the policy decides")
    primitive: I16 = column("agent", fill=-1, doc="primitive given for this tick; -1 none")
    possessed: Bool = column("agent", fill=False, doc="acts on orders only")
    guard: U8 = column("agent", doc="guardrail: bit k set turns primitives of kind k into wait")
    masked: I32 = column("agent", telemetry="sum", doc="masked actions that were asked for")
    guarded: I32 = column("agent", telemetry="sum", doc="primitives turned into wait")


#: Kinds of primitives a guardrail can forbid, as bits of ``Orders.guard``.
GUARD_MOVE, GUARD_TALK, GUARD_BUY, GUARD_USE, GUARD_INTERACT = 1, 2, 4, 8, 16
