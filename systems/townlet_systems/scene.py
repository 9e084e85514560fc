"""The scene: components bundled for whoever chooses - orders, policies, masks."""

from typing import NamedTuple

from townlet.ecs import group
from townlet_components.affordances import Affordances, OptionPlan
from townlet_components.citymap import DistrictPlan, Layouts, PlacePlan
from townlet_components.clock import Clock
from townlet_components.home import Home
from townlet_components.identity import Identity
from townlet_components.inventory import Inventory
from townlet_components.needs import Needs
from townlet_components.objects import ObjectIndex, ObjectPlan, Objects
from townlet_components.personality import Personality
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace, QueueRing
from townlet_components.rows import Rows, Towns
from townlet_components.rules import EconomyRules
from townlet_components.ties import Company, Talk, TieRules, Ties
from townlet_components.town_state import Prices, Utilities, Weather, WeatherRules
from townlet_components.values import Values
from townlet_components.wallet import Wallet
from townlet_components.work import Employment, JobRules, PositionPlan, Shifts
from townlet_systems.bonds import Bonds, bonds_of
from townlet_systems.bundles import (
    City,
    Larder,
    Menu,
    Mind,
    Nearby,
    Offers,
    People,
    Sky,
    Things,
    Time,
)
from townlet_systems.company import Society, society_of
from townlet_systems.duty import Duty, duty_of
from townlet_systems.posts import Career, Careers, career_of


def city_of(layouts: Layouts, city: DistrictPlan) -> City:
    """Bundle the map."""
    return City(layouts.route, city.layout, layouts.gate_exit, layouts.gate_tile, city.grid)


def things_of(
    plan: ObjectPlan,
    objects: Objects,
    city: DistrictPlan,
    ring: QueueRing,
    prices: Prices,
    utilities: Utilities,
) -> Things:
    """Bundle the objects, what their places charge, and what they run on."""
    return Things(
        type=plan.type,
        district=plan.district,
        place=plan.place,
        target=plan.target,
        private=plan.private,
        pantry=plan.pantry,
        holder=objects.holder,
        waiting=objects.waiting,
        closed=objects.closed,
        stock=objects.stock,
        tile=plan.tile,
        grid=city.grid,
        size=city.size,
        ring_start=plan.ring_start,
        ring_size=plan.ring_size,
        ring=ring.slot,
        factor=prices.factor,
        power=utilities.power,
        water=utilities.water,
    )


def offers_of(manifest: Affordances, prices: Prices) -> Offers:
    """Bundle the manifest and the prices."""
    return Offers(
        object_type=manifest.object_type,
        duration=manifest.duration,
        item=manifest.item,
        take=manifest.take,
        price=manifest.price,
        program=manifest.program,
        constant=manifest.constant,
        program_first=manifest.program_first,
        price_key=manifest.price_key,
        units=manifest.units,
        utility=manifest.utility,
        base=prices.base,
        spike=prices.spike,
    )


def people_of(
    rows: Rows,
    position: Position,
    home: Home,
    wallet: Wallet,
    inventory: Inventory,
    needs: Needs,
    personality: Personality,
    queue: QueuePlace,
) -> People:
    """Bundle what a decision knows of agents."""
    return People(
        town=rows.town,
        slot=rows.slot,
        district=position.district,
        tile=position.tile,
        home=home.place,
        money=wallet.money,
        carried=inventory.count,
        level=needs.level,
        trait=personality.trait,
        profile=personality.profile,
        queue=queue.object,
        holding=queue.holding,
    )


class Scene(NamedTuple):
    """All that a choice looks at."""

    city: City
    things: Things
    nearby: Nearby
    offers: Offers
    menu: Menu
    people: People
    mind: Mind
    time: Time
    duty: Duty
    bonds: Bonds
    society: Society
    larder: Larder
    sky: Sky
    career: Career


@group
class Surroundings:
    """All components that whoever chooses looks at."""

    rows: Rows
    position: Position
    home: Home
    wallet: Wallet
    inventory: Inventory
    needs: Needs
    personality: Personality
    queue: QueuePlace
    plan: ObjectPlan
    objects: Objects
    index: ObjectIndex
    manifest: Affordances
    menu: OptionPlan
    layouts: Layouts
    city: DistrictPlan
    clock: Clock
    ring: QueueRing
    positions: PositionPlan
    shifts: Shifts
    employment: Employment
    job_rules: JobRules
    ties: Ties
    tie_rules: TieRules
    talk: Talk
    company: Company
    towns: Towns
    identity: Identity
    prices: Prices
    utilities: Utilities
    places: PlacePlan
    economy: EconomyRules
    weather: Weather
    weather_rules: WeatherRules


def scene_of(at: Surroundings, values: Values) -> Scene:
    """Bundle the components of a system's parameters; called once, when the schedule is bound."""
    index, menu, clock = at.index, at.menu, at.clock
    return Scene(
        city=city_of(at.layouts, at.city),
        things=things_of(at.plan, at.objects, at.city, at.ring, at.prices, at.utilities),
        nearby=Nearby(
            index.place_first, index.place_object, index.public_first, index.public_object
        ),
        offers=offers_of(at.manifest, at.prices),
        menu=Menu(menu.first, menu.affordance, menu.producer, menu.need),
        people=people_of(
            at.rows,
            at.position,
            at.home,
            at.wallet,
            at.inventory,
            at.needs,
            at.personality,
            at.queue,
        ),
        mind=Mind(values.value, values.stack),
        time=Time(clock.tick, clock.minute, clock.day),
        duty=duty_of(at.positions, at.layouts, at.employment, at.job_rules),
        bonds=bonds_of(at.ties, at.tie_rules, at.personality),
        society=society_of(
            at.company,
            at.talk,
            at.towns,
            at.rows,
            at.identity,
            at.position,
            at.city,
            at.ties,
            at.tie_rules,
            at.personality,
        ),
        larder=Larder(at.places.resident_first, at.economy.daily_ingredients),
        sky=Sky(at.weather.kind, at.weather_rules.slow, at.layouts.outdoor),
        career=career_of(
            Careers(
                shifts=at.shifts,
                employment=at.employment,
                positions=at.positions,
                rules=at.job_rules,
            ),
            at.layouts,
            city_of(at.layouts, at.city),
        ),
    )
