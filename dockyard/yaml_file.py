"""YAML as a description needs it: lines are known, a key stands once, dates stay text."""

import re
import stat
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from dockyard.errors import DescriptionError

_MOST = 1_000_000
_DEEPEST = 50


@dataclass
class Document:
    """The data of a file, and the line on which each path of it stands."""

    data: Any
    lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set, repr=False)

    def line(self, path: tuple[str | int, ...]) -> int:
        """The line of a path, or of the nearest thing above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Loader(yaml.SafeLoader):
    """SafeLoader without timestamps and without base-60 numbers: `18:00` stays text."""


_INT = "tag:yaml.org,2002:int"
_SKIPPED = {"tag:yaml.org,2002:timestamp", _INT}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag not in _SKIPPED]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    _INT,
    re.compile(r"[-+]?(0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)\Z"),
    list("-+0123456789"),
)


def read(path: Path) -> Document:
    """Reads one YAML document.

    Raises DescriptionError for a file that is missing, empty, not text, or not YAML.
    """
    return parse(text(path), str(path))


def parse(found: str, name: str) -> Document:
    """The document in a text, which the person calls `name`.

    Raises DescriptionError when there is none.
    """
    try:
        loader = _Loader(found)
        try:
            node = loader.get_single_node()
            if node is None:
                raise DescriptionError(
                    f"{name} is empty.",
                    "Start from an example: `dockyard new NAME --from EXAMPLE`",
                )
            document = Document(None)
            document.data = _build(loader, node, (), document)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise DescriptionError(f"{name} is no YAML: {_reason(error)}", "Mend that line.") from None
    except (ValueError, KeyError, AttributeError, OverflowError, RecursionError):
        # what PyYAML makes of numbers, characters and depths that nobody means
        raise DescriptionError(
            f"{name} is no YAML that can be read: a value is out of all bounds.",
            "Start from an example: `dockyard new NAME --from EXAMPLE`",
        ) from None
    return document


def text(path: Path) -> str:
    """The text of a description.

    Raises DescriptionError for what is missing, no file, too large, or not text.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            # a pipe would wait for a writer for ever, a device might never end
            raise DescriptionError(
                f"{path} is no regular file; that is no description.",
                "Put a file there, from an example: `dockyard new NAME --from EXAMPLE`",
            )
        with path.open("rb") as file:
            raw = file.read(_MOST + 1)
        if len(raw) > _MOST:
            raise DescriptionError(f"{path} is larger than 1 MB; that is no description.")
        return raw.decode("utf-8")
    except OSError as error:
        raise DescriptionError(
            f"{path} can't be read: {error.strerror}.", "See the labs with `dockyard list`."
        ) from None
    except UnicodeDecodeError:
        raise DescriptionError(
            f"{path} is not text in UTF-8.", "Write it with a text editor, from an example."
        ) from None


def _build(
    loader: _Loader, node: yaml.Node, path: tuple[str | int, ...], document: Document
) -> object:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if len(path) > _DEEPEST:
        raise yaml.MarkedYAMLError(
            problem="nested too deeply for a description", problem_mark=node.start_mark
        )
    _refuse_what_is_not_plain(node, document)
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, path, document)
    if isinstance(node, yaml.SequenceNode):
        items = enumerate(node.value)
        return [_build(loader, item, (*path, index), document) for index, item in items]
    return loader.construct_object(node)


def _refuse_what_is_not_plain(node: yaml.Node, document: Document) -> None:
    """No `!!python/object`, and no alias: one may hold itself, or grow without end."""
    problem = ""
    if not str(node.tag).startswith("tag:yaml.org,2002:") or "python" in str(node.tag):
        problem = f"`{node.tag}` is more than plain YAML"
    if isinstance(node, yaml.CollectionNode):
        if id(node) in document.seen:
            problem = "an alias (*name) is more than a description needs: write it out"
        document.seen.add(id(node))
    if problem:
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _mapping(
    loader: _Loader, node: yaml.MappingNode, path: tuple[str | int, ...], document: Document
) -> dict[Hashable, object]:
    result: dict[Hashable, object] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise yaml.MarkedYAMLError(
                problem="a key must be a word", problem_mark=key_node.start_mark
            )
        if key in result:
            raise yaml.MarkedYAMLError(
                problem=f"`{key}` stands here a second time", problem_mark=key_node.start_mark
            )
        document.lines[(*path, str(key))] = key_node.start_mark.line + 1
        result[key] = _build(loader, value_node, (*path, str(key)), document)
    return result


def _reason(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem or 'not understood'}"
    return str(error).replace("\n", " ")
