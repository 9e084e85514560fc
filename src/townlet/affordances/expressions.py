"""Precondition expressions: from text to the flat program that kernels evaluate.

The language is a subset of Python's expressions: ``and or not``, ``== != < <= > >=`` (chainable),
``in`` and ``not in`` a list or tuple, unary minus and plus, numbers, strings, ``true false null``
in any case, and the variables of ``townlet_systems.preconditions``. Everything else is refused at
load, with its column, as are unknown names and comparisons that could never make sense.

Two choices where Python is more permissive: ``and`` / ``or`` give true or false, not an operand,
and names (strings) are compared for equality only.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

from townlet.affordances.sentences import nearest, shown
from townlet_systems import preconditions as vm

#: Longest program of one precondition, in words; a chain repeats its middle operands.
MAX_WORDS = 4096

_ORDER = {ast.Lt: vm.OP_LT, ast.LtE: vm.OP_LE, ast.Gt: vm.OP_GT, ast.GtE: vm.OP_GE}
_EQUALITY = {ast.Eq: vm.OP_EQ, ast.NotEq: vm.OP_NE}
_SIGNS = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "none": None}
_NUMERIC = frozenset({"bool", "number"})
_LITERAL_KINDS = {
    bool: "bool", int: "number", float: "number", str: "text", type(None): "null",
}  # fmt: skip
_REFUSED = {
    ast.Call: "calls", ast.BinOp: "arithmetic", ast.IfExp: "if-else", ast.Lambda: "lambdas",
    ast.Dict: "dictionaries", ast.Set: "sets", ast.JoinedStr: "f-strings", ast.Slice: "slices",
    ast.ListComp: "comprehensions", ast.SetComp: "comprehensions", ast.DictComp: "comprehensions",
    ast.GeneratorExp: "comprehensions", ast.NamedExpr: "assignments", ast.Starred: "unpacking",
}  # fmt: skip
_SAME = {"agent.wallet": "wallet", "stock.power_on": "power_on", "stock.water_on": "water_on"}
_PREFIXES = (
    ("agent.needs.", "needs."),
    ("agent.inventory.", "inventory."),
    ("object.stock.", "stock."),
)
#: Vocabularies whose names only a running town knows.
OPEN_VOCABULARIES = frozenset({"agent", "object", "job"})

#: (vocabulary, name) -> the number the town has given it, None when it has none.
Resolver = Callable[[str, str], int | None]


class ExpressionError(ValueError):
    """An expression that is not part of the language; ``column`` counts from 1."""

    def __init__(self, column: int, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class Names:
    """What the names in an expression mean.

    Attributes:
        needs: need names in the order of the needs table.
        affordances: affordance ids in manifest order.
        object_types: object types in the order of their numbers; None: any type may be named.
        resolve: finds agents, objects and jobs; None: none of them is known yet.
    """

    needs: tuple[str, ...]
    affordances: tuple[str, ...] = ()
    object_types: tuple[str, ...] | None = None
    resolve: Resolver | None = None

    def variables(self) -> dict[str, vm.Variable]:
        """Canonical name -> variable, needs included."""
        needs = {
            f"needs.{need}": vm.Variable(vm.NEED0 + n, "number", f"the agent's {need}, 0 to 1")
            for n, need in enumerate(self.needs)
        }
        return {**vm.VARIABLES, **needs}

    def vocabulary(self, kind: str) -> tuple[str, ...] | None:
        """The names of a closed vocabulary; None for an open one."""
        closed = {
            "affordance": self.affordances,
            "shift_state": vm.SHIFT_STATES,
            "object_type": self.object_types,
        }
        return closed.get(kind)


@dataclass
class Program:
    """One compiled precondition.

    Attributes:
        code: int32 words, operation and argument by turns; leaves one truth on the stack.
        const: constants the code refers to.
        unresolved: (vocabulary, name) of strings nobody knows (yet); they equal nothing.
    """

    code: list[int] = field(default_factory=list)
    const: list[float] = field(default_factory=list)
    unresolved: list[tuple[str, str]] = field(default_factory=list)


def compile_expression(text: str, names: Names) -> Program:
    """Compile one expression; raises :class:`ExpressionError`."""
    compiler = _Compiler(text, names)
    tree = compiler.parse()
    try:
        compiler.truth(tree)
    except RecursionError:
        compiler.fail(tree, "the expression is too long or nested too deeply")
    return compiler.program


def canonical(dotted: str) -> str:
    """The one spelling of a variable that may be written in several ways."""
    for prefix, short in _PREFIXES:
        if dotted.startswith(prefix):
            dotted = short + dotted.removeprefix(prefix)
    if dotted in ("stock.raw_ingredients", "inventory.raw_ingredients"):
        dotted = dotted.replace("raw_", "")
    return _SAME.get(dotted, dotted)


class _Compiler:
    """Emits code while walking the tree; one instance per expression."""

    def __init__(self, text: str, names: Names) -> None:
        # A YAML block may break an expression over lines; Python would end it there.
        self.text = text.replace("\n", " ").replace("\r", " ").replace("\t", " ").replace("\f", " ")
        self.names = names
        self.variables = names.variables()
        self.program = Program()
        self.depth = 0

    # -- reading

    def parse(self) -> ast.expr:
        """The syntax tree of the text."""
        bare = self.text.strip(" ")
        self.skipped = len(self.text) - len(self.text.lstrip(" "))
        self.bare = bare.encode()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(bare, mode="eval").body
        except SyntaxError as error:
            column = self.skipped + (error.offset or len(bare) + 1)  # no offset: at the end
            raise ExpressionError(column, f"not an expression ({error.msg})") from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise ExpressionError(
                1, f"not an expression ({error or 'nested too deeply'})"
            ) from None

    def fail(self, node: ast.expr, message: str) -> NoReturn:
        """Refuse ``node``; the tree counts columns in bytes, people in characters."""
        before = self.bare[: node.col_offset].decode(errors="replace")
        raise ExpressionError(self.skipped + len(before) + 1, message)

    def dotted(self, node: ast.expr) -> str:
        """``agent.position[0]``, ``inventory['meals']`` … as one canonical name."""
        parts: list[str] = []
        while not isinstance(node, ast.Name):
            if isinstance(node, ast.Attribute):
                parts.append("." + node.attr)
                node = node.value
            elif isinstance(node, ast.Subscript):
                key = node.slice.value if isinstance(node.slice, ast.Constant) else None
                if isinstance(key, bool) or not isinstance(key, (str, int)):
                    self.fail(node.slice, "a key or index must be a quoted name or a whole number")
                parts.append(f".{key}" if isinstance(key, str) else f"[{key}]")
                node = node.value
            else:
                self.refuse(node)
        return canonical(node.id + "".join(reversed(parts)))

    def variable(self, node: ast.expr) -> vm.Variable:
        """The variable a name stands for."""
        name = self.dotted(node)
        if name in self.variables:
            return self.variables[name]
        inside = [known for known in self.variables if known.startswith((name + ".", name + "["))]
        message = f"unknown name {name!r}, {nearest(name, self.variables)}"
        if inside:
            message = f"{name!r} is not a value by itself; write {' or '.join(inside[:3])}"
        return self.fail(node, message)

    def literal(self, node: ast.expr) -> tuple[bool, object]:
        """(True, value) for a constant or one of the words ``true false null``."""
        if isinstance(node, ast.Constant):
            return True, node.value
        if isinstance(node, ast.Name) and node.id.lower() in _WORDS:
            return True, _WORDS[node.id.lower()]
        return False, None

    def kind(self, node: ast.expr) -> str:
        """``bool number null text list`` or the vocabulary of a variable."""
        is_literal, value = self.literal(node)
        if is_literal:
            kind = _LITERAL_KINDS.get(type(value))
            return kind or self.fail(node, f"the precondition language has no {shown(value)}")
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            return self.variable(node).kind
        if isinstance(node, (ast.List, ast.Tuple)):
            return "list"
        if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
            return "number"
        return "bool"

    def refuse(self, node: ast.expr) -> NoReturn:
        """Name the kind of expression that is not part of the language."""
        what = _REFUSED.get(type(node), type(node).__name__.lower())
        self.fail(node, f"the precondition language has no {what}")

    # -- writing

    def emit(self, node: ast.expr, op: int, argument: int = 0) -> None:
        """Append one instruction and follow the height of the stack."""
        if op in (vm.OP_CONST, vm.OP_VALUE):
            self.depth += 1
        elif op >= vm.OP_LT:
            self.depth -= 1
        self.program.code += [op, argument]
        if self.depth > vm.STACK_SIZE or len(self.program.code) > MAX_WORDS:
            self.fail(node, "the expression is too long or nested too deeply")

    def constant(self, node: ast.expr, value: float) -> None:
        """Push a constant."""
        self.emit(node, vm.OP_CONST, len(self.program.const))
        self.program.const.append(value)

    def truth(self, node: ast.expr) -> None:
        """Push 1.0 or 0.0: what ``if`` would make of the expression."""
        kind = self.kind(node)
        if kind == "text":
            return self.constant(node, float(bool(self.literal(node)[1])))
        self.value(node)
        if kind in ("number", "null"):
            self.emit(node, vm.OP_TRUTH)
        elif kind != "bool":
            self.emit(node, vm.OP_KNOWN)
        return None

    def value(self, node: ast.expr) -> None:
        """Push the value of anything but a string or a list."""
        is_literal, value = self.literal(node)
        if is_literal:
            self.number(node, value)
        elif isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            self.emit(node, vm.OP_VALUE, self.variable(node).index)
        elif isinstance(node, ast.BoolOp):
            op = vm.OP_AND if isinstance(node.op, ast.And) else vm.OP_OR
            self.joined(node, op, [partial(self.truth, part) for part in node.values])
        elif isinstance(node, ast.Compare):
            self.chain(node)
        elif isinstance(node, ast.UnaryOp):
            self.unary(node)
        elif isinstance(node, (ast.List, ast.Tuple)):
            self.fail(node, "a list may stand only to the right of 'in' and 'not in'")
        else:
            self.refuse(node)

    def number(self, node: ast.expr, value: object) -> None:
        """Push a number, a truth or null; float64 must hold it exactly."""
        if value is None:
            return self.constant(node, math.nan)
        if not isinstance(value, (int, float)):
            self.fail(node, f"{shown(value)} cannot stand here; a number, true, false or null can")
        if not math.isfinite(value) if isinstance(value, float) else abs(value) > 2**53:
            self.fail(node, f"{shown(value)} is too large to compare exactly (2**53 is the most)")
        return self.constant(node, float(value))

    def unary(self, node: ast.UnaryOp) -> None:
        """``not``, ``-`` or ``+``."""
        if isinstance(node.op, ast.Not):
            self.truth(node.operand)
            return self.emit(node, vm.OP_NOT)
        sign = {ast.USub: "-", ast.UAdd: "+"}.get(type(node.op))
        if sign is None:
            self.fail(node, "the precondition language has no '~'")
        kind = self.kind(node.operand)
        if kind not in _NUMERIC:
            self.fail(node, f"unary {sign!r} needs a number, not {_describe(kind)}")
        self.value(node.operand)
        if sign == "-":
            self.emit(node, vm.OP_NEGATE)
        return None

    def joined(self, node: ast.expr, op: int, parts: Sequence[Callable[[], None]]) -> None:
        """Parts with ``and`` or ``or`` between them; the first that decides jumps to the end."""
        jumps = []
        for part in parts[:-1]:
            part()
            jumps.append(len(self.program.code))
            self.emit(node, op)
        parts[-1]()
        for at in jumps:
            self.program.code[at + 1] = len(self.program.code) - (at + 2)

    def chain(self, node: ast.Compare) -> None:
        """``a < b == c`` is ``a < b and b == c``: nothing has side effects."""
        operands = [node.left, *node.comparators]
        pairs = zip(node.ops, operands, operands[1:], strict=False)
        self.joined(node, vm.OP_AND, [partial(self.pair, op, a, b) for op, a, b in pairs])

    def pair(self, op: ast.cmpop, left: ast.expr, right: ast.expr) -> None:
        """One comparison."""
        if isinstance(op, (ast.In, ast.NotIn)):
            return self.membership(op, left, right)
        sign = _SIGNS[type(op)]
        kinds = self.kind(left), self.kind(right)
        if type(op) in _EQUALITY:
            return self.equality(_EQUALITY[type(op)], left, right)
        if type(op) not in _ORDER:
            self.fail(left, f"the precondition language has no {sign!r}; use == or !=")
        for node, kind in zip((left, right), kinds, strict=True):
            if kind not in _NUMERIC and kind != "null":
                self.fail(node, f"{sign!r} orders numbers, not {_describe(kind)}")
            self.value(node)
        return self.emit(left, _ORDER[type(op)])

    def membership(self, op: ast.cmpop, left: ast.expr, right: ast.expr) -> None:
        """``x in [a, b]`` is ``x == a or x == b``."""
        if not isinstance(right, (ast.List, ast.Tuple)):
            self.fail(right, "only a list or a tuple may stand to the right of 'in' and 'not in'")
        tests = [partial(self.equality, vm.OP_EQ, left, element) for element in right.elts]
        if tests:
            self.joined(right, vm.OP_OR, tests)
        else:
            self.kind(left)  # an unknown name is an error even here
            self.constant(right, 0.0)
        if isinstance(op, ast.NotIn):
            self.emit(right, vm.OP_NOT)

    def equality(self, op: int, left: ast.expr, right: ast.expr) -> None:
        """``==`` or ``!=`` of two things of one kind; null may be compared with anything."""
        kinds = (self.kind(left), self.kind(right))
        if "text" in kinds and set(kinds) <= {"text", "null"}:
            same = self.literal(left)[1] == self.literal(right)[1]
            return self.constant(left, float(same == (op == vm.OP_EQ)))
        if "list" in kinds:
            self.fail(left, "a list may stand only to the right of 'in' and 'not in'")
        alike = "null" in kinds or len(set(kinds) - {"text"}) == 1 or set(kinds) <= _NUMERIC
        if not alike or ("text" in kinds and set(kinds) & _NUMERIC):
            message = f"cannot compare {_describe(kinds[0])} with {_describe(kinds[1])}"
            self.fail(left, message)
        for node, kind, other in ((left, kinds[0], kinds[1]), (right, kinds[1], kinds[0])):
            if kind == "text":
                self.constant(node, self.intern(node, other))
            else:
                self.value(node)
        return self.emit(left, op)

    def intern(self, node: ast.expr, vocabulary: str) -> float:
        """The number of a string in a vocabulary; -1.0, which equals nothing, when unresolved."""
        word = str(self.literal(node)[1])
        known = self.names.vocabulary(vocabulary)
        if known is not None:
            if word not in known:
                self.fail(node, f"{word!r} is not {_describe(vocabulary)}, {nearest(word, known)}")
            return float(known.index(word))
        number = self.names.resolve(vocabulary, word) if self.names.resolve else None
        if number is None:
            self.program.unresolved.append((vocabulary, word))
            return -1.0
        return float(number)


def _describe(kind: str) -> str:
    """``a number``, ``an agent's name`` …, as the end of a sentence."""
    plain = {
        "bool": "true or false",
        "number": "a number",
        "null": "null",
        "text": "a string",
        "list": "a list",
        "affordance": "the id of an affordance",
        "object_type": "an object type",
        "shift_state": "a shift state",
        "agent": "the id of an agent",
        "object": "the id of an object",
        "job": "the name of a job",
    }
    return plain[kind]
