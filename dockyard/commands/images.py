"""`dockyard images`: which images a course needs, read from its Dockerfiles and Compose files.

The list is what `install-docker.sh --images` takes: pulled before the class, not in it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from dockyard import show
from dockyard.errors import DockyardError, UsageError

_DOCKERFILE = re.compile(r"(?i)^(dockerfile|containerfile)(\..+)?$|\.(dockerfile|containerfile)$")
_COMPOSE = re.compile(r"^(docker-)?compose([.-].+)?\.ya?ml$")
_LEFT_OUT = {".git", ".venv", "node_modules", ".vagrant", ".dockyard"}
_REFERENCE = re.compile(
    r"\$(?:\{(?P<braced>\w+)(?::?(?P<kind>[-+?])(?P<other>[^}]*))?\}|(?P<bare>\w+))"
)


@dataclass
class Course:
    """Images by the files that name them, and what could not be told."""

    found: dict[str, set[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, file: str, text: str, values: Mapping[str, str]) -> None:
        """An image as it is written in `file`, with its variables filled in."""
        image, missing = filled(text, values)
        if missing:
            self.problems.append(f"{file}: {text}: {missing} has no value")
        elif image and image != "scratch":
            self.found.setdefault(image, set()).add(file)


def run(folder: Path, *, as_json: bool) -> None:
    """Prints every image of the course, one a line.

    Raises DockyardError when there is no such folder, or a file cannot be understood.
    """
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.", "Name the folder of your course.")
    course = read(folder)
    if as_json:
        show.data(
            [{"image": one, "files": sorted(course.found[one])} for one in sorted(course.found)]
        )
    else:
        for image in sorted(course.found):
            show.line(image)
    if course.problems:
        raise DockyardError(
            "Not all could be told:\n" + "\n".join(f"  {one}" for one in course.problems),
            "Give each a default (ARG NAME=VALUE, ${NAME:-VALUE}), or a line in .env.",
        )
    if not course.found:
        show.say(f"No Dockerfile and no Compose file in {folder} names an image.")


def read(folder: Path) -> Course:
    """All Dockerfiles and Compose files below `folder`."""
    course = Course()
    for path in sorted(_files(folder)):
        name = str(path.relative_to(folder))
        try:
            text = path.read_text(encoding="utf-8-sig")
            if _COMPOSE.search(path.name):
                _compose(course, name, text, _environment(path.parent / ".env"))
            else:
                _dockerfile(course, name, text)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            course.problems.append(f"{name}: {' '.join(str(error).split())}")
    return course


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            if path.name not in _LEFT_OUT:
                yield from _files(path)
        elif path.is_file() and (_DOCKERFILE.search(path.name) or _COMPOSE.search(path.name)):
            yield path


def filled(text: str, values: Mapping[str, str]) -> tuple[str, str]:
    """The text with its variables filled in, and the name of one that has no value."""
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        name = match["braced"] or match["bare"]
        there = values.get(name, "")
        if match["kind"] == "+":
            return match["other"] if there else ""
        if there:
            return there
        if match["kind"] == "-":
            return match["other"]
        missing.append(name)
        return ""

    return _REFERENCE.sub(value, text), (missing or [""])[0]


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    """Each instruction of a Dockerfile and its words, lines that go on joined."""
    escape = "\\"
    if found := re.match(r"(?i)(?:#\s*\w+\s*=.*\n)*?#\s*escape\s*=\s*(\S)", text):
        escape = found[1]
    open_line = ""
    for line in text.splitlines():
        if line.lstrip().startswith("#") or (open_line and not line.strip()):
            continue
        if line.rstrip().endswith(escape):
            open_line += line.rstrip()[:-1] + " "
            continue
        word, _, rest = (open_line + line).strip().partition(" ")
        open_line = ""
        if word:
            yield word.upper(), rest.strip()


def _dockerfile(course: Course, file: str, text: str) -> None:
    """What it builds on and copies from, but for its own stages."""
    arguments: dict[str, str] = {}
    stages: set[str] = set()
    for word, rest in _instructions(text):
        if word == "ARG" and not stages:
            name, has_value, value = rest.partition("=")
            if has_value:
                arguments[name] = filled(value.strip("\"'"), arguments)[0]
        elif word == "FROM":
            image, _, alias = re.sub(r"--\S+\s+", "", rest).partition(" ")
            if image.lower() not in stages:
                course.add(file, image, arguments)
            stages.add(alias.split()[-1].lower() if alias else f"#{len(stages)}")
        else:
            for source in re.findall(r"(?:--from=|[,=]from=)([^\s,]+)", rest):
                if source.lower() not in stages and not source.isdigit():
                    course.add(file, source, arguments)


class _Tolerant(yaml.SafeLoader):
    """Compose has tags of its own (!reset, !override), which say nothing of images."""


def _any_tag(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:  # noqa: ANN401 - YAML
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return None


_Tolerant.add_multi_constructor("!", _any_tag)


def _compose(course: Course, file: str, text: str, values: Mapping[str, str]) -> None:
    """Images that are pulled; one that is built here is not, but what it is built on is."""
    whole = yaml.load(text, _Tolerant)  # noqa: S506 - a SafeLoader
    services = whole.get("services") if isinstance(whole, dict) else None
    for service in services.values() if isinstance(services, dict) else ():
        if not isinstance(service, dict):
            continue
        build = service.get("build")
        if isinstance(build, dict) and isinstance(build.get("dockerfile_inline"), str):
            _dockerfile(course, file, build["dockerfile_inline"])
        if isinstance(service.get("image"), str) and not build:
            course.add(file, service["image"], values)


def _environment(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}
