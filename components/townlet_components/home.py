"""Home: where an agent lives."""

from townlet.ecs import I32, column, component


@component
class Home:
    """The household's place; its goods are free to those who live there."""

    place: I32 = column("agent", fill=-1, doc="home place within the town; -1 none")
