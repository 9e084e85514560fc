"""Values: a lane's scratch for evaluating preconditions."""

from townlet.ecs import F64, column, component


@component(scratch=True)
class Values:
    """The vector of variables and the stack of the evaluator."""

    value: F64 = column("lane", "variable", doc="variables by index")
    stack: F64 = column("lane", "stack", doc="evaluator's stack")
