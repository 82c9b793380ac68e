"""`dockyard list`, `new` and `schema`: the descriptions themselves."""

import re
from pathlib import Path

from dockyard import show, yaml_file
from dockyard.description import read, schema
from dockyard.engine import settings, states
from dockyard.errors import DescriptionError, DockyardError, UsageError
from dockyard.files import write_whole
from dockyard.problems import did_you_mean
from dockyard.project import LOCAL, Project
from dockyard.values import LAB_NAME


def run_list(project: Project, *, as_json: bool) -> None:
    """Every lab there is; one whose description is wrong is listed as such."""
    made = states.made(settings.backend())
    described = project.labs()
    rows = [_row(project, name, is_made=made.get(name, 0) != 0) for name in described]
    rows += [_lost(name) for name, things in made.items() if name not in described and things != 0]
    broken = states.broken(made)
    rows = [_broken(row) if row[0] in broken else row for row in rows]
    if as_json:
        show.data([dict(zip(_COLUMNS, row, strict=True)) for row in rows])
    else:
        show.table(_COLUMNS, rows)


_COLUMNS = ("lab", "target", "students", "seats", "file")


def _row(project: Project, name: str, *, is_made: bool) -> tuple[str, ...]:
    path = project.description(name)
    file = str(path.relative_to(project.root))
    try:
        lab = read(path, ended=True).lab
    except DescriptionError:
        down = f"; it was made: dockyard down {name}" if is_made else ""
        return (name, "-", "-", "-", f"{file} is wrong; see: dockyard plan {name}{down}")
    return (name, lab.target, str(lab.students), str(lab.seats), file)


def _lost(name: str) -> tuple[str, ...]:
    """A lab that was made, whose file is gone."""
    why = f"stacks/Pulumi.{name}.yaml is gone; it was made: dockyard down {name}"
    return (name, "-", "-", "-", why)


def _broken(row: tuple[str, ...]) -> tuple[str, ...]:
    """What else is said of it stays true; this is mended first."""
    name, *facts, file = row
    return (name, *facts, f"{file}; {states.sentence(name)}: {states.remedy(name)}")


def run_new(project: Project, name: str, example: str) -> None:
    """An own description from an example; the example and other files stay as they are."""
    source = _example(project, example)
    local = source.parent != project.stacks
    target = project.vagrant / "lab.own.yaml" if local else project.stacks / f"Pulumi.{name}.yaml"
    _check_name(name, example, local=local)
    text = _own(yaml_file.text(source), name, local=local)
    if target.exists() or target.is_symlink():
        raise DockyardError(
            f"{target.relative_to(project.root)} is there already, and stays as it is.",
            "Edit it; or move it away and type this again.",
        )
    write_whole(target, text)
    show.say(f"Made {target.relative_to(project.root)} from {example}; git ignores it.")
    show.say(f"Next: edit it, then dockyard plan {name}")


_TAKEN = (LOCAL, "env", "receipts", "rehearsal")
"""What else is kept in .dockyard/, beside a folder for each stack."""


def _example(project: Project, example: str) -> Path:
    local = {path.stem: path for path in (project.vagrant / "examples").glob("*.yaml")}
    stacks = {name: project.description(name) for name in project.labs() if name != LOCAL}
    found = {**local, **stacks}
    if example not in found:
        raise UsageError(
            f"There is no example `{example}`: {did_you_mean(example, found)}",
            f"Local ones: {', '.join(sorted(local))}. Stacks: {', '.join(sorted(stacks))}.",
        )
    return found[example]


def _check_name(name: str, example: str, *, local: bool) -> None:
    if local and name != LOCAL:
        raise UsageError(
            f"`{example}` is a lab on this computer, and there is one of those: `{LOCAL}`.",
            f"Type: dockyard new {LOCAL} --from {example}; or take a stack, as aws-lab.",
        )
    if not local and (name in _TAKEN or not re.fullmatch(LAB_NAME, name)):
        raise UsageError(
            f"`{name}` is no name for a lab.",
            "2 to 20 lower-case letters, digits and single hyphens, a letter first; "
            f"not {', '.join(_TAKEN)}.",
        )


def _own(text: str, name: str, *, local: bool) -> str:
    """The example's text with its own name, its comments kept."""
    if local:
        return text.replace("../../dockyard/", "../dockyard/")
    # Pulumi's own lines belong to the secrets of that stack
    text = re.sub(r"^(?:encryptionsalt|encryptedkey):.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^# An example that stays.*\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^(    name: ).*$", rf"\g<1>{name}", text, count=1, flags=re.MULTILINE)


def run_schema() -> None:
    show.data(schema())
