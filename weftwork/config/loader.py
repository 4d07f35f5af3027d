"""YAML as a configuration needs it: keys, lists, text, numbers, and every mistake on its line.

What YAML has beyond that is refused or not recognised, because it surprises the person who writes:
a date is text, an alias is a mistake (a few of them can stand for gigabytes).
"""

import re
from typing import Any, NoReturn

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError
from yaml.nodes import Node
from yaml.reader import ReaderError

# Deeper than any configuration; the ledger, which keeps some of it, takes 16 levels.
MAX_DEPTH = 15
# A longer number is a slip of the hand; Python itself refuses to write one of thousands of digits.
MAX_BITS = 256

SHOWN = 40  # characters of a value in a message

TAGS = {
    f"tag:yaml.org,2002:{name}": words
    for name, words in {
        "null": "null",
        "bool": "true or false",
        "int": "whole number",
        "float": "number",
        "str": "text",
        "seq": "list",
        "map": "keys and values",
    }.items()
}


INT = "tag:yaml.org,2002:int"
MERGE = "tag:yaml.org,2002:merge"
# YAML's own would take 010 for eight, and 1:30 for ninety.
WHOLE_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)\Z")


class Loader(yaml.SafeLoader):
    """PyYAML's safe loader without aliases, merge keys, dates and binary data."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the base class's own attribute
        first: [
            (tag, WHOLE_NUMBER if tag == INT else pattern)
            for tag, pattern in resolvers
            if tag in TAGS
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """One value of the document, without aliases and not too deep."""
        event = self.peek_event()  # type: ignore[no-untyped-call] # it has none
        if isinstance(event, yaml.AliasEvent):
            _refuse(ComposerError, f"*{event.anchor} is an alias: write the value itself", event)
        if self._depth > MAX_DEPTH:
            _refuse(ComposerError, f"nested more than {MAX_DEPTH} deep", event)
        self._depth += 1
        try:
            node = super().compose_node(parent, index)
        finally:
            self._depth -= 1
        if node is not None and node.tag == MERGE:
            _refuse(ComposerError, "a merge key: write the keys themselves", node)
        return node

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        """The value of a node, of the kinds that a configuration has."""
        if node.tag not in TAGS:
            _refuse(ConstructorError, f"no value here has the tag {node.tag}", node)
        try:
            value = super().construct_object(node, deep)
            if isinstance(value, str):
                value.encode()  # an escape may stand for half a character
        except (ValueError, LookupError):  # such as `!!int many`, or thousands of digits
            _refuse(ConstructorError, f"{_shown(node)} is no {TAGS[node.tag]}", node)
        if isinstance(value, int) and value.bit_length() > MAX_BITS:
            _refuse(ConstructorError, f"{_shown(node)} has too many digits", node)
        return value


def _shown(node: Node) -> str:
    text = str(node.value)
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")


def place_of(error: yaml.YAMLError, text: str) -> str:
    """`line 3, column 5: what is wrong there`, for an error that the loader raised for `text`."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        line, column = error.problem_mark.line, error.problem_mark.column
        return f"line {line + 1}, column {column + 1}: {error.problem}"
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position)
        return f"line {line + 1}: the character #x{error.character:04x} is not allowed"
    return str(error)


def _refuse(kind: type[yaml.MarkedYAMLError], problem: str, place: Any) -> NoReturn:
    raise kind(None, None, problem, place.start_mark)
