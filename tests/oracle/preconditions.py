"""Slow twin of the precondition machine: walks the syntax tree over ordinary Python values.

``evaluate(text, world)`` where ``world`` is nested dicts and lists: ``{"wallet": 1.5, "agent":
{"shift_state": "idle", "position": [3, 4]}, ...}``; names are strings, null is None.
"""

from __future__ import annotations

import ast
import operator
from typing import Any

WORDS = {"true": True, "false": False, "null": None, "none": None}
ORDER = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}


def evaluate(text: str, world: dict[str, Any]) -> bool:
    return bool(value(ast.parse(text, mode="eval").body, world))


def value(node: ast.AST, world: dict[str, Any]) -> Any:  # noqa: PLR0911  (one per node type)
    match node:
        case ast.Constant(value=constant):
            return constant
        case ast.Name(id=name):
            return WORDS[name.lower()] if name.lower() in WORDS else world[name]
        case ast.Attribute(value=inner, attr=name):
            return value(inner, world)[name]
        case ast.Subscript(value=inner, slice=key):
            return value(inner, world)[value(key, world)]
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [value(element, world) for element in elements]
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(value(part, world) for part in parts)
        case ast.BoolOp(values=parts):
            return any(value(part, world) for part in parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not value(operand, world)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -value(operand, world)
        case ast.UnaryOp(operand=operand):
            return +value(operand, world)
        case ast.Compare(left=left, ops=ops, comparators=rights):
            operands = [value(operand, world) for operand in (left, *rights)]
            pairs = zip(ops, operands, operands[1:], strict=False)
            return all(compare(op, a, b) for op, a, b in pairs)
    raise AssertionError(ast.dump(node))


def compare(op: ast.cmpop, a: Any, b: Any) -> bool:
    if isinstance(op, ast.Eq):
        return bool(a == b)
    if isinstance(op, ast.NotEq):
        return bool(a != b)
    if isinstance(op, ast.In):
        return a in b
    if isinstance(op, ast.NotIn):
        return a not in b
    if a is None or b is None:
        return False
    return bool(ORDER[type(op)](a, b))
