"""`dockyard backend`: where the states of labs are, and how they get to a safer place.

A state on one computer is lost with it, and another computer can't take the lab down by it.
"""

from collections.abc import Mapping

from dockyard import buckets, show
from dockyard.engine import bring, cli, moving, settings, states
from dockyard.engine.cli import Engine
from dockyard.engine.moving import Backend
from dockyard.errors import HostError, RefusedError
from dockyard.project import Project

ALONE = "The states of labs are on this computer alone. Keep them where they outlive it: {words}"
_WORDS = {"aws": "s3", "azure": "azblob", "gcp": "gs"}
"""Where a lab of a target is best kept: whoever makes it has credentials there."""


def advice(target: str) -> str:
    """For a plan: empty when the states are elsewhere already. Asks nobody."""
    if states.folder(settings.backend()) is None:
        return ""
    return ALONE.format(words=f"dockyard backend {_WORDS.get(target, 's3')}")


def run_show(project: Project, *, as_json: bool) -> None:
    """Where they are, who chose it, and what is there."""
    backend = settings.backend()
    here = states.folder(backend) is not None
    known = states.made(backend) if here else _asked(project, backend)
    others = {} if backend == settings.own_backend() else states.made(settings.own_backend())
    if as_json:
        show.data(
            {
                "backend": backend,
                "chosen_by": settings.chosen_by(),
                "on_this_computer": here,
                "stacks": known,
                "unused": {settings.own_backend(): others} if others else {},
            }
        )
        return
    show.say(f"States of labs are in {backend} ({settings.chosen_by()}).")
    for name, things in sorted(known.items()):
        if things is None:
            show.say(f"! {states.sentence(name)}. Type: {states.remedy(name)}")
        else:
            show.say(f"  {name}: {show.count(things, 'thing')}")
    for name, things in sorted(others.items()):
        number = "its state can't be read" if things is None else show.count(things, "thing")
        show.say(f"! Not used: {name}, {number}, {settings.own_backend()}")
    if here:
        show.say(ALONE.format(words="dockyard backend s3, gs, azblob or cloud"))


def _asked(project: Project, backend: str) -> Mapping[str, int | None]:
    engine = cli.look(project).engine
    if engine is None:
        raise HostError("There is no Pulumi here to look into it.", "Type: make ready-aws")
    return Backend.at(project, engine, backend).stacks()


def run_move(project: Project, where: str, *, yes: bool) -> None:
    """Raises RefusedError when the person says no, DockyardError for what is in the way."""
    engine = bring.ensure(project)
    old = Backend.at(project, engine, settings.backend())
    names = sorted(old.stacks())
    show.say(f"Now they are in {old.settings.backend}: {', '.join(names) or 'none yet'}.")
    if not show.confirm(f"Move them to {where}? What is missing there is made.", yes=yes):
        raise RefusedError("Nothing was moved.", f"Without asking: dockyard backend {where} --yes")
    new = Backend.at(project, engine, _url(where))
    if new.settings.backend == old.settings.backend:
        show.say(f"Nothing to do: states are in {new.settings.backend} already.")
        _end_move(project, engine, new)
        return
    new.settings.make_folder()
    moved = moving.copy(old, new, lambda name: show.say(f"  {name}: copied and read back"))
    new.use()
    show.say(f"States of labs are in {new.settings.backend} now.")
    _retire(old, moved)
    settings.write_env_file(project, settings.decide(engine))
    if settings.chosen_by() == settings.BY_VARIABLE:
        show.say("! PULUMI_BACKEND_URL of this shell says another place. Type: unset it, then")
    show.say("In each open shell, once:  . .dockyard/env")
    show.say("The passphrase of their secrets stays on this computer: take a copy to the next one.")


def _retire(old: Backend, names: list[str]) -> None:
    aside = moving.retire(old, names)
    if aside:
        show.say(f"Those of before were put aside, and are used no more: {aside}")


def _end_move(project: Project, engine: Engine, new: Backend) -> None:
    """What a move left that was cut off after the login: the states of before, which plain `pulumi`
    would use in a shell that has read the file of before.
    """
    own = Backend.at(project, engine, settings.own_backend())
    names = [name for name, things in states.made(own.settings.backend).items() if things]
    if not names or own.settings.backend == new.settings.backend:
        return
    same = moving.the_same(own, new, names)
    if same:
        _retire(own, same)
        settings.write_env_file(project, settings.decide(engine))


def _url(where: str) -> str:
    """Of a word or a URL; a bucket that is missing is made."""
    if "://" in where:
        return where
    if where == "here":
        return settings.own_backend()
    if where == "cloud":
        if not settings.knows_cloud(settings.CLOUD):
            raise HostError("You are not logged in to Pulumi Cloud.", "Type: pulumi login")
        return settings.CLOUD
    return buckets.make(where)
