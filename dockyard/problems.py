"""What is wrong with a description: a path, a value, and a remedy for each problem."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

Path = tuple[str | int, ...]
_SHOWN = 60


@dataclass(frozen=True)
class Problem:
    """`text` says what is wrong and what to write instead."""

    path: Path
    text: str

    @property
    def where(self) -> str:
        """The path as a person writes it: `machines[0].size`."""
        shown = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in self.path)
        return shown.removeprefix(".")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean "students"?`, or the list of what there is."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else f"there is: {', '.join(names)}"


def from_pydantic(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Every problem that pydantic found, as sentences."""
    problems = [
        Problem(_path(item["loc"]), _sentence(item, model))
        for item in error.errors(include_url=False)
        if not (item["type"] == "too_short" and item["input"])  # its entries are wrong: said there
    ]
    return list(dict.fromkeys(problems))


def shorten(value: object) -> str:
    """A value as it may be shown: cut, and never a private key."""
    text = repr(value)
    if "PRIVATE KEY" in text:
        return "(a private key)"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


# pydantic's error types as sentences; {placeholders} are its context
_SENTENCES = {
    "missing": "is missing; write it",
    "string_type": "must be text; put it in quotes if it is a number or a date",
    "int_type": "must be a whole number, without quotes",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list: [a, b], or one line each after a dash",
    "dict_type": "must be a mapping: key: value",
    "model_type": "must be a mapping: key: value",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have at least {min_length} entry",
    "literal_error": "must be {expected}",
}

_PATTERNS = {
    "name": "2 to 20 lower-case letters, digits and single hyphens, a letter first",
    "owner": "up to 14 lower-case letters, digits and single hyphens, a letter first",
    "users": "a Linux account: lower-case letters, digits, - and _, a letter first",
    "alarm": "a mail address: 'trainer@example.org'",
    "budget": "an amount and EUR or USD: '50 EUR'",
    "mirror_key": "40 hexadecimal digits in capitals, without spaces",
    "tags": "lower-case letters, digits, - and _ (a key: a letter first), at most 62",
}


def _sentence(item: ErrorDetails, model: type[BaseModel]) -> str:
    kind, context = item["type"], item.get("ctx", {})
    path = _path(item["loc"])
    if kind == "extra_forbidden":
        return f"is no key of a lab; {did_you_mean(str(path[-1]), _fields_at(model, path[:-1]))}"
    if kind == "missing":
        return _SENTENCES[kind]
    value = shorten(item["input"])
    if kind == "string_pattern_mismatch":
        named = next((str(p) for p in reversed(path) if str(p) in _PATTERNS), "")
        wanted = _PATTERNS.get(named, f"like {context.get('pattern')}")
        if "version" in path:
            wanted = "a version in quotes: '28', '28.5' or '28.5.2' (Kubernetes: '1.34')"
        return f"is {value}, but must be {wanted}"
    if kind == "value_error":
        return f"is {value}, which {context.get('error')}"
    sentence = _SENTENCES.get(kind, str(item["msg"])).format(**context)
    if "version" in path and kind == "string_type":
        sentence = "must stand in quotes, or YAML reads 28.10 as the number 28.1"
    return f"is {value}, but {sentence}"


def _path(location: Path) -> Path:
    # pydantic marks a mapping's key with `[key]` and union branches with type names
    return tuple(p for p in location if p not in ("[key]", "int", "str"))


def _fields_at(model: type[BaseModel], path: Path) -> list[str]:
    current: type[BaseModel] = model
    for part in path:
        if isinstance(part, int) or part not in current.model_fields:
            continue
        found = _model_in(current.model_fields[part].annotation)
        if found is None:
            return []
        current = found
    return list(current.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    parts = getattr(annotation, "__args__", ())
    return next(filter(None, map(_model_in, parts)), None)
