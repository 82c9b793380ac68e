"""`dockyard images`: what a course's files name, and what they leave open."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dockyard.commands.images import filled, read

DOCKERFILES = {
    "FROM debian:12": {"debian:12"},
    "from debian:12 as base\nFROM base\nFROM scratch": {"debian:12"},
    "FROM --platform=$BUILDPLATFORM golang:1.25 AS build": {"golang:1.25"},
    "ARG V=3.22\nFROM alpine:${V}": {"alpine:3.22"},
    'ARG V="3.22"\nARG I=alpine:$V\nFROM ${I}': {"alpine:3.22"},
    "FROM a AS x\nCOPY --from=nginx:1 /a /b\nCOPY --from=x /a /b\nCOPY --from=0 /a /b": {
        "a",
        "nginx:1",
    },
    "FROM a\nRUN --mount=type=bind,from=busybox:1,target=/b true": {"a", "busybox:1"},
    "FROM \\\n# why\n\n  debian:12 \\\n  AS x": {"debian:12"},
    "# escape=`\nFROM `\n debian:12": {"debian:12"},
    "FROM r.example:5000/a/b@sha256:0123": {"r.example:5000/a/b@sha256:0123"},
}


@pytest.mark.parametrize("text", DOCKERFILES)
def test_a_dockerfile_names_what_it_is_built_on(tmp_path: Path, text: str) -> None:
    (tmp_path / "Dockerfile").write_text(text)
    course = read(tmp_path)
    assert (set(course.found), course.problems) == (DOCKERFILES[text], [])


COMPOSE = {
    "services: {db: {image: 'postgres:16'}}": {"postgres:16"},
    "services: {db: {image: 'postgres:${PG:-16}'}}": {"postgres:16"},
    "services: {db: {image: 'postgres:${TAG}'}}": {"postgres:17"},
    "services: {web: {build: ., image: mine}}": set(),
    "services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM debian:12": {
        "debian:12"
    },
    "services: {a: {image: x, ports: !reset []}}": {"x"},
    "services: {}": set(),
    "": set(),
    "- a": set(),
}


@pytest.mark.parametrize("text", COMPOSE)
def test_a_compose_file_names_what_it_pulls(tmp_path: Path, text: str) -> None:
    (tmp_path / "compose.yaml").write_text(text)
    (tmp_path / ".env").write_text("# versions\nTAG='17'\n")
    course = read(tmp_path)
    assert (set(course.found), course.problems) == (COMPOSE[text], [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:$X", ("a:1", "")),
        ("a:${X}-b", ("a:1-b", "")),
        ("a:${Y-2}", ("a:2", "")),
        ("a${X:+:x}", ("a:x", "")),
        ("a${Y:+:x}", ("a", "")),
        ("a:$Y", ("a:", "Y")),
        ("a:${Y:?no}", ("a:", "Y")),
    ],
)
def test_variables_are_filled_in(text: str, expected: tuple[str, str]) -> None:
    assert filled(text, {"X": "1"}) == expected


@pytest.fixture
def course(tmp_path: Path) -> Path:
    folder = tmp_path / "course"
    folder.mkdir()
    return folder


def test_all_files_of_a_course_are_read(course: Path, dockyard: Callable[..., Any]) -> None:
    for name in ("a/Dockerfile.web", "b/c/docker-compose.prod.yml", "x.Dockerfile"):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
    (course / "a/Dockerfile.web").write_text("FROM nginx:1")
    (course / "b/c/docker-compose.prod.yml").write_text("services: {a: {image: redis}}")
    (course / "x.Dockerfile").write_text("FROM redis")
    (course / "node_modules").mkdir()
    (course / "node_modules/Dockerfile").write_text("FROM not-ours")
    seen = dockyard("images", str(course))
    assert (seen.code, seen.out) == (0, "nginx:1\nredis\n")


def test_what_cannot_be_told_is_told(course: Path, dockyard: Callable[..., Any]) -> None:
    (course / "Dockerfile").write_text("ARG V\nFROM alpine:$V\n")
    (course / "compose.yml").write_text("services: [")
    seen = dockyard("images", str(course))
    assert seen.code == 1
    assert "Dockerfile: alpine:$V: V has no value" in seen.err
    assert "compose.yml: while parsing" in seen.err


def test_a_folder_that_is_not_there(dockyard: Callable[..., Any]) -> None:
    seen = dockyard("images", "/none")
    assert seen.code == 2
    assert "There is no folder /none." in seen.err
