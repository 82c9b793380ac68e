"""Which CLI is taken, and why."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dockyard.engine import cli
from dockyard.project import Project

Put = Callable[[str, str], Path]


def brought(version: str, *, built: bool = False) -> Path:
    folder = cli.cache() / version
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "pulumi").write_text("#!/bin/sh\n")
    if built:
        (folder / cli.BUILT).touch()
    return folder


def test_the_one_on_path_is_taken_when_it_fits(project: Project, put: Put) -> None:
    path = put("pulumi", "echo v3.260.0")
    put("pulumi-language-python", "")
    brought("3.272.0")
    choice = cli.look(project)
    assert choice.engine == cli.Engine(path, "3.260.0", f"Pulumi 3.260.0 on PATH ({path})")
    assert choice.passed_over == ()


def test_one_that_brings_no_language_host_gets_ours(project: Project, put: Put) -> None:
    put("pulumi", "echo v3.260.0")
    engine = cli.look(project).engine
    assert engine is not None
    host = engine.folders[0] / "pulumi-language-python"
    assert host.stat().st_mode & 0o111 == 0o111
    assert "with our language host" in engine.why


def test_one_that_is_too_old_is_passed_over_and_said(project: Project, put: Put) -> None:
    path = put("pulumi", "echo v3.100.0")
    folder = brought("3.259.0", built=True)
    choice = cli.look(project)
    assert choice.passed_over == (f"{path} is 3.100.0, and the project needs >=3.254.0 <4.0.0.",)
    assert choice.engine is not None
    assert choice.engine.why == f"Pulumi 3.259.0, built here from its source ({folder})"
    assert (folder / "bin" / "pulumi-language-python").exists()


def test_one_that_is_broken_is_passed_over(project: Project, put: Put) -> None:
    put("pulumi", "exit 3")
    choice = cli.look(project)
    assert choice.engine is None
    assert "does not say its version" in choice.passed_over[0]
    assert choice.text.endswith("Only stacks need it, local labs do not.")


def test_the_newest_of_ours_that_fits(project: Project, put: Put) -> None:
    put("other", "")
    for version in ("3.99.0", "3.259.0", "3.272.0", "4.1.0"):
        brought(version)
    brought("3.300.0.half")
    choice = cli.look(project)
    assert choice.passed_over == ("There is no `pulumi` on PATH.",)
    assert choice.engine is not None
    assert choice.engine.version == "3.272.0"
    assert "the official download" in choice.engine.why
    assert not (cli.cache() / "3.272.0" / "bin" / "pulumi-language-python").exists()


def test_ours_on_path_is_known_as_ours(
    project: Project, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("other", "")
    folder = brought("3.259.0", built=True)
    (folder / "bin" / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")
    engine = cli.look(project).engine
    assert engine is not None
    assert engine.folders == (folder / "bin",)
