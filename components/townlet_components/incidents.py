"""Perturbations: what befalls a town (SPEC §10)."""

from townlet.ecs import F64, I8, I16, I32, Bool, column, component

KINDS = ("price_spike", "blackout", "outage", "arranged_meet", "queue_closure")
SPIKE_KIND, BLACKOUT_KIND, OUTAGE_KIND, MEET_KIND, CLOSURE_KIND = range(len(KINDS))
#: States of an incident.
INCIDENT_STATES = ("none", "pending", "active")
NO_INCIDENT, PENDING, ACTIVE = range(len(INCIDENT_STATES))
#: What a target is, once resolved: a kind of price, a kind of place, one place, a type of object,
#: one object. Price spikes have the first three, queue closures the last four.
AIM_KEY, AIM_PLACE_KIND, AIM_PLACE, AIM_TYPE, AIM_OBJECT = range(5)
#: Who meets.
WHO = ("top_rivals", "top_friends", "named")
TOP_RIVALS, TOP_FRIENDS, NAMED = range(len(WHO))
#: Incidents a town can have at a time, pending ones too; more are refused and counted.
INCIDENTS = 16
#: Agents an arranged meeting can have.
MEETERS = 16
#: Targets an incident can have, once resolved.
AIMS = 16
#: Starts remembered per spec, so the highest limit a window can have.
WINDOW = 32


@component
class Incidents:
    """Pending and active perturbations of each town, with the targets they were ordered with."""

    state: I8 = column("incident", doc="0 none, 1 pending, 2 active")
    spec: I16 = column("incident", fill=-1, doc="which spec")
    number: I32 = column("incident", doc="the n of evt_<n>")
    starts: I32 = column("incident", unit="ticks", doc="tick it starts")
    ends: I32 = column("incident", unit="ticks", doc="tick it ends")
    magnitude: I32 = column(
        "incident", fill=1000, unit="thousandths", doc="factor of a price spike"
    )
    cancel: Bool = column("incident", fill=False, doc="an operator has cancelled it")
    aim: I8 = column("incident", "aim", fill=-1, doc="what each target is; -1 none")
    which: I32 = column("incident", "aim", fill=-1, doc="number of each target")
    district: I32 = column("incident", doc="district of the meeting place")
    target: I16 = column("incident", fill=-1, doc="routing target of the meeting place")
    people: I32 = column("incident", "meeter", fill=-1, doc="slots that are sent to meet")
    generation: I32 = column("incident", "meeter", fill=-1, doc="generation of each of them")


@component
class IncidentLog:
    """What limits the next ones."""

    number: I32 = column("town", doc="incidents so far")
    refused: I32 = column("town", doc="incidents that found no room")
    quiet_until: I32 = column("town", unit="ticks", doc="global cooldown")
    cooled_until: I32 = column("town", "spec", unit="ticks", doc="cooldown of each spec")
    recent: I32 = column(
        "town", "spec", "window", fill=-2_000_000_000, unit="ticks", doc="last starts, newest first"
    )


@component
class Errand:
    """A place an agent is sent to: meetings, scenes, operators."""

    district: I32 = column("agent", doc="district")
    target: I16 = column("agent", fill=-1, doc="routing target; -1 no errand")
    until: I32 = column("agent", unit="ticks", doc="it stays there until this tick")
    cooled_until: I32 = column("agent", unit="ticks", doc="no meeting is arranged before")


@component(static=True)
class IncidentPlan:
    """Specs; targets are the same in all towns."""

    kind: I8 = column("spec", fill=-1, doc="kind; -1 not in use")
    aim: I8 = column("spec", "aim", fill=-1, doc="what each target is; -1 none")
    which: I32 = column("spec", "aim", fill=-1, doc="number of each target")
    district: I32 = column("spec", doc="district of the meeting place")
    target: I16 = column("spec", fill=-1, doc="routing target of the meeting place")
    who: I8 = column("spec", doc="0 top rivals, 1 top friends, 2 named")
    named: I32 = column("spec", "meeter", fill=-1, doc="slots sent, where named")
    generation: I32 = column("spec", "meeter", fill=-1, doc="generation of each of them")
    people: I8 = column("spec", fill=2, doc="how many meet, at most")


@component(static=True)
class IncidentRules:
    """Probabilities, cooldowns and limits per town."""

    probability: F64 = column("town", "spec", doc="expected times a day; 0 only when ordered")
    cooldown: I32 = column("town", "spec", unit="ticks", doc="after the end, of this spec")
    shortest: I32 = column("town", "spec", unit="ticks", doc="least duration")
    longest: I32 = column("town", "spec", unit="ticks", doc="most")
    weakest: I32 = column("town", "spec", unit="thousandths", doc="least magnitude")
    strongest: I32 = column("town", "spec", unit="thousandths", doc="most")
    concurrent: I32 = column("town", fill=1, doc="how many at a time")
    global_cooldown: I32 = column(
        "town", unit="ticks", doc="none starts so soon after another started or ended"
    )
    agent_cooldown: I32 = column("town", unit="ticks", doc="between two meetings of an agent")
    window: I32 = column("town", fill=1440, unit="ticks", doc="length of the counting window")
    limit: I32 = column("town", doc="starts per spec and window; 0 no limit")
