"""YAML text → plain values, and where each of them stands.

YAML 1.2 scalars on PyYAML's scanner: `1e-4` is a number; `on`, `12:30:45` and `2024-01-01` are
text; `012` is refused, because half of all programs read it as ten. Only mappings, lists and plain
values exist; everything is bounded, so that no file can hang or fill the machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml
from yaml.reader import Reader

from console.core.config_problem import (
    ConfigError,
    Mark,
    Problem,
    Problems,
    Wrong,
    printable,
    quote,
)
from console.core.config_scalar import MAKERS, SCALARS, TAG

MOST_BYTES = 1 << 20
MOST_DEPTH = 64
MOST_NODES = 100_000
MOST_CHARACTERS = 4 << 20
"""After aliases are expanded, like the depth and the nodes."""

Path: TypeAlias = tuple["str | int", ...]

_FRIENDLIER = {
    "found character '\\t' that cannot start any token": (
        "a tab stands where YAML wants spaces",
        "replace the tab by spaces",
    ),
    "mapping values are not allowed here": (
        "a second ':' where none can stand",
        'check the indentation; quote a value that holds ": "',
    ),
    "but found another document": (
        "a second document begins here; a configuration is one document",
        "remove the line ---",
    ),
    "could not find expected ':'": (
        "expected 'key: value'",
        "a space belongs behind the colon",
    ),
    "found undefined alias": ("an alias without an anchor", "quote a value that begins with *"),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed text: plain values, and by path the marks of the key and of the value."""

    tree: object
    marks: Mapping[Path, tuple[Mark, Mark]]


def parse(
    text: bytes | str,
    file: str,
    problems: Problems,
    *,
    is_text: Callable[[Path], bool],
    root: Path = (),
) -> Document:
    """Reads one document; what is wrong inside goes to `problems`.

    Where `is_text(path)`, plain scalars stay as written (`[--lr, 1e-4]` is a command line).
    `root` is the path at which the tree will be hung. Raises ConfigError where nothing can be
    read further: syntax, encoding, limits.
    """
    loader = _Loader(_decode(text, file), file, len(root))
    try:
        node = loader.compose_one()
    finally:
        loader.dispose()
    builder = _Builder(loader, problems, is_text)
    if node is None:
        return Document(None, {root: (Mark(file, 1, 1), Mark(file, 1, 1))})
    return Document(builder.build(node, root, loader.mark_of(node)), builder.marks)


def _fail(mark: Mark, message: str, hint: str | None = None) -> ConfigError:
    return ConfigError([Problem(mark.file, mark.line, mark.column, message, hint)])


def _decode(text: bytes | str, file: str) -> str:
    """UTF-8 with or without BOM, of bounded length and without control characters."""
    if isinstance(text, bytes):
        if len(text) > MOST_BYTES:
            raise _fail(Mark(file, 1, 1), "the file is larger than 1 MiB")
        if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
            name = "UTF-32" if text[2:4] == b"\0\0" else "UTF-16"
            raise _fail(Mark(file, 1, 1), f"the file is {name}", "save it as UTF-8")
        try:
            return _check(text.decode("utf-8"), file)
        except UnicodeDecodeError as error:
            mark = _mark_at(text[: error.start].decode("utf-8"), file)
            wrong = f"byte 0x{text[error.start]:02x} is not UTF-8"
            raise _fail(mark, wrong, "save the file as UTF-8") from None
    return _check(text, file)


def _check(text: str, file: str) -> str:
    text = text.removeprefix("\ufeff")
    if bad := Reader.NON_PRINTABLE.search(text):
        mark = _mark_at(text[: bad.start()], file)
        raise _fail(mark, f"a configuration cannot hold the character U+{ord(bad[0]):04X}")
    return text


def _mark_at(before: str, file: str) -> Mark:
    lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", before.removeprefix("\ufeff"))
    return Mark(file, len(lines), len(lines[-1]) + 1)


class _Loader(yaml.SafeLoader):
    """Composes nodes within the limits; an alias weighs as much as what it stands for."""

    yaml_implicit_resolvers: dict[str | None, list[Any]] = {}  # noqa: RUF012 (PyYAML's protocol)

    def __init__(self, text: str, file: str, depth: int) -> None:
        super().__init__(text)
        self._file = file
        self._depth = depth
        self._deepest = depth
        self._nodes = self._characters = 0
        self._weights: dict[str | None, tuple[int, int, int]] = {}
        self._open: set[str | None] = set()

    def compose_one(self) -> yaml.Node | None:
        """The only document's root node, None for an empty text. Raises ConfigError."""
        try:
            return self.get_single_node()
        except yaml.MarkedYAMLError as error:
            raise self._translated(error) from None
        except (ValueError, OverflowError):
            # "\UFFFFFFFF" and %YAML with a thousand digits get through PyYAML's own checks.
            raise _fail(self._here(), "a number too large in an escape or a directive") from None

    def mark_of(self, node: yaml.Node) -> Mark:
        return Mark(self._file, node.start_mark.line + 1, node.start_mark.column + 1)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.NodeEvent = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            return self._compose_alias(event, parent, index)
        before = (self._nodes, self._characters, self._deepest)
        self._depth += 1
        self._deepest = self._depth
        self._grow(1, len(getattr(event, "value", "")), 0)
        self._open.add(event.anchor)
        node = super().compose_node(parent, index)
        self._open.discard(event.anchor)
        nodes, characters, deepest = before
        self._weights[event.anchor] = (
            self._nodes - nodes,
            self._characters - characters,
            self._deepest - self._depth,
        )
        self._depth -= 1
        self._deepest = max(self._deepest, deepest)
        return node

    def _compose_alias(
        self, event: yaml.AliasEvent, parent: yaml.Node | None, index: int
    ) -> yaml.Node | None:
        if event.anchor in self._open:
            raise _fail(self._here(), f"*{event.anchor} stands inside of itself")
        nodes, characters, height = self._weights.get(event.anchor, (1, 0, 0))
        self._grow(nodes, characters, height + 1)
        return super().compose_node(parent, index)

    def _grow(self, nodes: int, characters: int, height: int) -> None:
        self._nodes += nodes
        self._characters += characters
        self._deepest = max(self._deepest, self._depth + height)
        if self._deepest > MOST_DEPTH:
            raise _fail(self._here(), f"nested deeper than {MOST_DEPTH} levels")
        if self._nodes > MOST_NODES:
            raise _fail(self._here(), f"more than {MOST_NODES:,} values (aliases count in full)")
        if self._characters > MOST_CHARACTERS:
            raise _fail(self._here(), "more than 4 MiB of text (aliases count in full)")

    def _here(self) -> Mark:
        at = self.current_event.start_mark if self.current_event else self.get_mark()
        return Mark(self._file, at.line + 1, at.column + 1)

    def _translated(self, error: yaml.MarkedYAMLError) -> ConfigError:
        at = error.problem_mark or error.context_mark or self.get_mark()
        problem = error.problem or error.context or "not YAML"
        for known, (message, hint) in _FRIENDLIER.items():
            if known in problem:
                return _fail(Mark(self._file, at.line + 1, at.column + 1), message, hint)
        if error.context and error.context != problem:
            problem = f"{problem} ({error.context})"
        return _fail(Mark(self._file, at.line + 1, at.column + 1), printable(problem, 160))


for _tag, _pattern in SCALARS.items():
    _Loader.add_implicit_resolver(_tag, _pattern, [None])


class _Builder:
    """Nodes → plain values. Aliases become copies; each path gets its marks."""

    def __init__(
        self, loader: _Loader, problems: Problems, is_text: Callable[[Path], bool]
    ) -> None:
        self.marks: dict[Path, tuple[Mark, Mark]] = {}
        self._mark_of = loader.mark_of
        self._problems = problems
        self._is_text = is_text

    def build(self, node: yaml.Node, path: Path, key: Mark) -> object:
        self.marks[path] = (key, self._mark_of(node))
        if isinstance(node, yaml.MappingNode):
            self._check_tag(node, "map")
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._check_tag(node, "seq")
            return [
                self.build(item, (*path, index), self._mark_of(item))
                for index, item in enumerate(node.value)
            ]
        assert isinstance(node, yaml.ScalarNode)
        return self._scalar(node, self._is_text(path))

    def _check_tag(self, node: yaml.Node, kind: str) -> None:
        if node.tag != TAG + kind:
            self._unknown_tag(node)

    def _unknown_tag(self, node: yaml.Node) -> None:
        tag = printable(node.tag.replace(TAG, "!!"), 60)
        self._problems.add(self._mark_of(node), f"the tag {tag} is not allowed", "remove the tag")

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str | int, object]:
        built: dict[str | int, object] = {}
        lines: dict[str | int, int | None] = {}
        for key_node, value_node, is_merged in self._pairs(node):
            mark = self._mark_of(key_node)
            key = self._key(key_node)
            if key is None:
                continue
            if key not in lines:
                lines[key] = mark.line
                built[key] = self.build(value_node, (*path, key), mark)
            elif not is_merged:
                self._problems.add(mark, f"{quote(key)} is already set in line {lines[key]}")
        return built

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node, bool]]:
        """Keys and values as written, then what `<<: *base` adds, the first base first."""
        merges: list[yaml.Node] = []
        for key, value in node.value:
            if _is_merge(key):
                merges += value.value if isinstance(value, yaml.SequenceNode) else [value]
            else:
                yield key, value, False
        for base in merges:
            if isinstance(base, yaml.MappingNode):
                yield from ((key, value, True) for key, value, _ in self._pairs(base))
            else:
                self._problems.add(self._mark_of(base), "<< takes a mapping or a list of them")

    def _key(self, node: yaml.Node) -> str | int | None:
        value = self._scalar(node, False) if isinstance(node, yaml.ScalarNode) else None
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        hint = 'a placeholder needs quotes: "{python}"' if value is None else "put it in quotes"
        self._problems.add(self._mark_of(node), "a key must be text or a whole number", hint)
        return None

    def _scalar(self, node: yaml.ScalarNode, is_text: bool) -> object:
        make = MAKERS.get(node.tag)
        if make is None:
            self._unknown_tag(node)
            return None
        is_plain = node.style is None
        if is_text and is_plain and node.tag != f"{TAG}null":
            return node.value
        try:
            return make(node.value)
        except Wrong as error:
            self._problems.add(self._mark_of(node), error.message, error.hint)
            return None


def _is_merge(key: yaml.Node) -> bool:
    return isinstance(key, yaml.ScalarNode) and key.style is None and key.value == "<<"
