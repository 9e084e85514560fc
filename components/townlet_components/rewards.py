"""Rewards: what a tick was worth to each agent, term by term (SPEC §13). Derived, all of it."""

from townlet.ecs import F32, F64, I8, I32, I64, U8, Bool, column, component

#: Stages of social rewards, ``features.stages.social_rewards``; each includes those before.
SOCIAL_STAGES = ("OFF", "C1", "C2", "C3")
STAGE_C1, STAGE_C2, STAGE_C3 = 1, 2, 3
#: An avoidance of one rival at one object is worth something once in so many ticks.
AVOIDANCE_TICKS = 120
#: Avoidances an agent remembers; while all of them count, another is worth nothing.
AVOIDANCES = 8
#: So many minutes before and after the start of a shift coming to work is worth something.
PUNCTUAL_MINUTES = 30
#: Slots whose rewards are added up in one go; whole blocks are then added in their order (SPEC §1).
BLOCK = 4096


@component
class Rewards:
    """The reward of this tick: its terms in the order they are added, and their sum.

    A float32 sum of the terms in this order, starting with the first, is exactly ``total``. Who
    leaves keeps the reward of its last tick until the next tick is scored.
    """

    homeostasis: F32 = column("agent", derived=True, keep=True, doc="for unmet needs; at most 0")
    shaping: F32 = column("agent", derived=True, keep=True, doc="change of the potential")
    survival: F32 = column("agent", derived=True, keep=True, doc="for having lived this tick")
    wage: F32 = column("agent", derived=True, keep=True, doc="for a tick worked and paid")
    punctuality: F32 = column("agent", derived=True, keep=True, doc="for coming to work in time")
    social_bonus: F32 = column("agent", derived=True, keep=True, doc="for a completed chat")
    social_penalty: F32 = column("agent", derived=True, keep=True, doc="for a failed chat")
    social_avoidance: F32 = column("agent", derived=True, keep=True, doc="for avoiding a rival")
    personality_bias: F32 = column(
        "agent", derived=True, keep=True, doc="what the profile adds to the terms before"
    )
    guard: F32 = column(
        "agent", derived=True, keep=True, doc="takes a gain back while the agent starves"
    )
    clip_adjustment: F32 = column(
        "agent", derived=True, keep=True, doc="takes back what is beyond the limit of a tick"
    )
    episode_adjustment: F32 = column(
        "agent", derived=True, keep=True, doc="takes back what is beyond the limit of an episode"
    )
    terminal: F32 = column(
        "agent", derived=True, keep=True, doc="for a collapse or an eviction, beyond all limits"
    )
    total: F32 = column(
        "agent", derived=True, keep=True, telemetry="mean", doc="sum of the terms, in this order"
    )


#: Names of the terms, in the order they are added.
TERMS: tuple[str, ...] = tuple(
    col.name
    for col in Rewards.__component__.columns  # type: ignore[attr-defined]
    if col.name != "total"
)


@component
class RewardMemory:
    """What rewards remember of an agent from tick to tick; derived, and gone with the agent."""

    potential: F32 = column("agent", derived=True, doc="potential after the last tick, or arrival")
    episode: F32 = column(
        "agent", derived=True, doc="sum of an episode that is limited, but terminals"
    )
    today: F32 = column("agent", derived=True, doc="sum of this day")
    early: U8 = column(
        "agent", derived=True, unit="ticks", doc="how long it has been waiting for its shift"
    )
    seen: I32 = column(
        "agent", derived=True, fill=-1, unit="ticks", doc="tick it last waited for its shift"
    )


@component(cold=True)
class Avoided:
    """The last avoidances that were worth something; derived, and gone with the agent."""

    rival: I32 = column("agent", "avoided", derived=True, fill=-1, doc="slot of the rival")
    object: I32 = column("agent", "avoided", derived=True, fill=-1, doc="object chosen instead")
    at: I32 = column("agent", "avoided", derived=True, fill=-1_000_000, unit="ticks", doc="when")
    refused: I32 = column(
        "agent", derived=True, keep=True, doc="avoidances worth nothing as none could be forgotten"
    )


@component(scratch=True)
class RewardNotes:
    """What is noted in the tick for its rewards."""

    work: U8 = column("agent", doc="0 nothing; 1 a tick worked; from 2 on the first, so many late")
    dirty: U8 = column(
        "agent", doc="terms that are not 0 since the last tick, in the first row of a stretch"
    )
    touched: I32 = column("district", "update", doc="rows with a social reward in the last tick")
    count: I32 = column("district", doc="how many")


@component(static=True)
class RewardRules:
    """Numbers of ``rewards`` and ``shaping`` per town."""

    homeostasis: F32 = column("town", doc="scale of weighted squared deficits")
    potential: F32 = column("town", doc="scale of the potential; 0: no shaping")
    gamma: F32 = column("town", doc="discount of the potential")
    survival: F32 = column("town", doc="per tick lived")
    wage: F32 = column("town", doc="per tick worked and paid")
    punctuality: F32 = column("town", doc="per shift, for coming on the minute")
    faint: F32 = column("town", doc="for a collapse")
    eviction: F32 = column("town", doc="for an eviction")
    clip: F32 = column("town", doc="largest total of a tick")
    episode_clip: F32 = column("town", doc="largest total of an episode; infinite: no limit")
    guarded: Bool = column("town", fill=True, doc="no gain while the agent starves")
    stage: I8 = column("town", doc="stage of social rewards: 0 OFF, 1 C1, 2 C2, 3 C3")
    chat: F32 = column("town", doc="a completed chat")
    chat_trust: F32 = column("town", doc="added per unit of trust")
    chat_familiarity: F32 = column("town", doc="added per unit of familiarity")
    chat_scale: F32 = column("town", doc="scale of completed chats")
    avoidance: F32 = column("town", doc="for avoiding a rival")
    biased: Bool = column("town", fill=False, doc="some profile has a factor on rewards")
    social_bias: F32 = column("town", "profile", fill=1.0, doc="factor on social terms")
    work_bias: F32 = column("town", "profile", fill=1.0, doc="factor on wage and punctuality")
    survival_bias: F32 = column("town", "profile", fill=1.0, doc="factor on survival")


@component(cold=True)
class RewardStats:
    """Running mean and deviation of totals per town, over all ticks and agents since the start."""

    count: I64 = column("town", derived=True, doc="totals counted")
    mean: F64 = column("town", derived=True, doc="their mean")
    spread: F64 = column("town", derived=True, doc="sum of their squared distances from the mean")
    std: F64 = column("town", derived=True, doc="their standard deviation, of the population")


@component(scratch=True, cold=True)
class RewardBlocks:
    """Sums over blocks of slots; a block's slots are added in order."""

    first: I64 = column("block", doc="first place of the block in ``Rows.row_of``")
    last: I64 = column("block", doc="end of it")
    count: I64 = column("block", derived=True, doc="agents scored")
    total: F64 = column("block", derived=True, doc="sum of their totals")
    square: F64 = column("block", derived=True, doc="sum of their squares")
