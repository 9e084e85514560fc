"""Scripts: schedules that a scenario gives its agents (SPEC §16)."""

from townlet.ecs import I8, I16, I32, Bool, column, component

ENTRY_KINDS = ("move", "request", "start", "release", "chat", "blocked", "wait", "noop")
MOVE, REQUEST, START_ENTRY, RELEASE, CHAT, BLOCKED_ENTRY, WAIT_ENTRY, NOOP = range(len(ENTRY_KINDS))
#: How far an entry is: not begun; on the way; it has asked for an object or a talk.
FRESH, UNDER_WAY, ASKED = range(3)
#: A chat that has not come about after so many ticks has failed.
CHAT_PATIENCE = 60


@component(cold=True)
class Script:
    """Where an agent is in its schedule."""

    at: I16 = column("agent", fill=-1, doc="entry in force; -1 no schedule")
    then: I16 = column("agent", fill=-1, doc="entry after an interlude; -1 the policy decides")
    other: I32 = column("agent", fill=-1, doc="slot an interlude is with; -1 none")
    since: I32 = column("agent", unit="ticks", doc="tick the entry began")
    stage: I8 = column("agent", doc="0 not begun, 1 on the way, 2 has asked")
    acts: Bool = column("agent", fill=False, doc="this tick's primitive is the schedule's")
    hold: Bool = column(
        "agent", fill=False, doc="this tick's interact joins the queue and does not start"
    )
    refused_at: I32 = column(
        "agent", fill=-1, doc="object that somebody else was found to hold in this tick; -1 none"
    )
    refused_by: I32 = column("agent", fill=-1, doc="slot of who holds it")


@component(static=True)
class ScriptPlan:
    """The schedules; shared by all towns. Only the first owner of a slot follows one.

    Behind them come interludes, single entries that a timeline sends an agent through: two for
    each chat, the speaker's and that of who waits for it.
    """

    first: I32 = column("plan_slot_end", doc="first entry of each slot's schedule")
    kind: I8 = column("plan_entry", doc="what is done")
    object: I32 = column("plan_entry", fill=-1, doc="with what; -1 none")
    affordance: I16 = column("plan_entry", fill=-1, doc="which use of it; -1 none")
    district: I32 = column("plan_entry", doc="district to walk to")
    target: I16 = column("plan_entry", fill=-1, doc="routing target to walk to; -1 none")
    other: I32 = column("plan_entry", fill=-1, doc="slot to chat with; -1 whoever is there")
    quality: I32 = column(
        "plan_entry", fill=-1, unit="thousandths", doc="of the chat; -1: as it is"
    )
    duration: I32 = column("plan_entry", fill=1, unit="ticks", doc="of a wait")
    blocked: Bool = column("plan_entry", fill=False, doc="a refusal counts as being blocked")
