"""`dockyard sweep`: labs found and removed by their tags alone, without any state."""

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dockyard import clock, show
from dockyard.errors import DockyardError, LeftoverError, RefusedError, UsageError
from dockyard.problems import did_you_mean
from dockyard.sweep import accounts
from dockyard.sweep.clouds import NAMES, open_cloud
from dockyard.sweep.labs import FoundLab, by_lab
from dockyard.sweep.sweeping import PATIENCE, Outcome, Sweep
from dockyard.sweep.things import Cloud, Look, NobodyError, Thing, Wanted


@dataclass(frozen=True)
class Asked:
    """What was typed."""

    clouds: tuple[str, ...] = ()
    lab: str = ""
    owner: str = ""
    expired: bool = False
    yes: bool = False
    confirm: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    as_json: bool = False
    minutes: float = PATIENCE / 60

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.lab, self.owner)

    def again(self, *more: str) -> str:
        """The same command, with more words."""
        words = [f"--cloud {one}" for one in self.clouds]
        words += [f"--lab {self.lab}"] if self.lab else []
        words += [f"--owner {self.owner}"] if self.owner else []
        words += ["--expired"] if self.expired else []
        words += [f"--protected {one}" for one in self.protected]
        return " ".join(["dockyard sweep", *words, *more])


@dataclass(frozen=True)
class _Looked:
    cloud: Cloud
    look: Look
    labs: tuple[FoundLab, ...]


def run(asked: Asked) -> None:
    """Looks, says, and with --yes deletes and looks again.

    Raises LeftoverError when something is left, DockyardError when something could not be seen.
    """
    for name in asked.clouds:
        if name not in NAMES:
            raise UsageError(f"There is no cloud `{name}`: {did_you_mean(name, NAMES)}")
    looked, skipped = _look(asked)
    found = [lab for one in looked for lab in one.labs]
    if not asked.as_json or asked.yes:
        _say(looked)
    if not asked.yes or not found:
        if asked.as_json:
            show.data([*(_plain(one, None) for one in looked), *map(_unlooked, skipped.items())])
        _judge_look(asked, looked, found)
        _say_skipped(skipped)
        return
    for one in looked:
        _may(asked, one)
    outcomes = [_sweep(asked, one) for one in looked]
    if asked.as_json:
        swept = [_plain(*pair) for pair in zip(looked, outcomes, strict=True)]
        show.data([*swept, *map(_unlooked, skipped.items())])
    _judge(looked, outcomes)
    _say_skipped(skipped)


# --- looking ------------------------------------------------------------------------------------


def _look(asked: Asked) -> tuple[list[_Looked], dict[str, str]]:
    """Of each cloud what is there; and which were not looked at, each with why."""
    found: list[_Looked] = []
    skipped: dict[str, str] = {}
    for name in asked.clouds or NAMES:
        try:
            cloud = open_cloud(name)
        except NobodyError as error:
            if asked.clouds:
                raise
            show.say(f"! {name} was not looked at: {error.message}")
            skipped[name] = error.message
            continue
        look = cloud.look(asked.wanted)
        labs = by_lab(look.things)
        if asked.expired:
            labs = [lab for lab in labs if _is_over(lab)]
        found.append(_Looked(cloud, look, tuple(labs)))
    if not found:
        raise DockyardError(
            "No cloud could be looked at: nobody is known to any of them here.",
            "Log in to one (aws configure, az login, gcloud auth application-default login).",
        )
    return found, skipped


def _say_skipped(skipped: Mapping[str, str]) -> None:
    """Last, so that nobody takes the clouds that were looked at for all of them."""
    if skipped:
        show.say(f"! Not looked at, for nobody is known there: {', '.join(skipped)}.")


def _unlooked(skipped: tuple[str, str]) -> dict[str, object]:
    """A cloud that was not looked at, in the form of those that were."""
    cloud, why = skipped
    empty = ("labs", "asked", "unseen", "failed", "deleted", "left")
    return {"cloud": cloud, "account": "", "skipped": why, **{word: [] for word in empty}}


def _is_over(lab: FoundLab) -> bool:
    if lab.expires is None:
        show.say(f"! {lab.sentence} has no deadline that can be read: not taken for expired.")
        show.say(f"  If it may go: {_again(lab)}")
    return lab.expires is not None and lab.expires < clock.now()


def _again(lab: FoundLab) -> str:
    """Without an owner no words mean this one alone: those of all owners are shown first."""
    words = f"dockyard sweep --lab {lab.name}"
    return f"{words} --owner {lab.owner} --yes" if lab.owner else f"{words}   (of every owner)"


def _say(looked: Iterable[_Looked]) -> None:
    for one in looked:
        show.say(f"{_sentence(one)}: {show.count(len(one.labs), 'lab')}.")
        for lab in one.labs:
            _say_lab(lab)
        for text in one.look.unseen:
            show.say(f"  Not seen by any list: {text}.")


def _sentence(one: _Looked) -> str:
    text = one.cloud.account.sentence
    return text[:1].upper() + text[1:]


def _say_lab(lab: FoundLab) -> None:
    """What has no tag of the lab first: a student's, or somebody else's."""
    show.say(f"  {lab.sentence}: {_counted(lab.things)}; {_deadline(lab)}")
    if lab.inner:
        show.say(f"    Inside it, without its tags: {_counted(lab.inner)}")
    for one in lab.inner:
        show.say(f"      {one.sentence}{_note(one)}")
    for one in lab.things:
        if not one.inside and one.by_hand:
            show.say(f"    {one.sentence}{_note(one)}")
    if lab.is_protected:
        show.say("    It is protected: its name must be typed.")


def _note(thing: Thing) -> str:
    return f": {thing.by_hand}" if thing.by_hand else ""


def _counted(things: Sequence[Thing]) -> str:
    kinds: dict[str, int] = {}
    for one in things:
        kinds[one.kind] = kinds.get(one.kind, 0) + 1
    # Azure's own words are plural already
    return ", ".join(
        f"{number} x {kind}" if "/" in kind else show.count(number, kind)
        for kind, number in kinds.items()
    )


def _deadline(lab: FoundLab) -> str:
    if lab.expires is None:
        return "its deadline can't be read"
    text = time.strftime("%Y-%m-%d %H:%M %Z", time.localtime(lab.expires))
    return f"{'expired' if lab.expires < clock.now() else 'until'} {text}"


def _judge_look(asked: Asked, looked: Sequence[_Looked], found: Sequence[FoundLab]) -> None:
    _judge_failed(looked)
    if found:
        show.say("This was a look: nothing was deleted.")
        show.say(f"Delete all of it: {asked.again('--yes')}")
    else:
        places = " and ".join(one.cloud.account.sentence for one in looked)
        show.say(f"{_none(asked, looked)} in {places}: every list was read to its end.")


def _none(asked: Asked, looked: Sequence[_Looked]) -> str:
    """What was not found; where not all was asked for, who pays must not take it for all."""
    if asked.expired:
        others = sum(len(by_lab(one.look.things)) for one in looked)
        there = f" ({show.count(others, 'lab')} not taken for expired)" if others else ""
        return f"No expired lab{there}"
    words = (asked.lab and f" {asked.lab}", asked.owner and f" of {asked.owner}")
    return f"No lab{''.join(words)}" if any(words) else "Nothing found"


def _judge_failed(looked: Iterable[_Looked]) -> None:
    failed = [text for one in looked for text in one.look.failed]
    if failed:
        raise DockyardError(
            "\n  ".join(
                ["Not everything could be looked at, so nothing is called empty:", *failed]
            ),
            "Type the same again when the reason is mended.",
        )


# --- who may be swept ---------------------------------------------------------------------------


def _may(asked: Asked, one: _Looked) -> None:
    """Raises RefusedError for an account that nobody confirmed, and for a protected lab."""
    if not one.labs:
        return
    account = one.cloud.account
    if not accounts.is_confirmed(account):
        if account.id not in asked.confirm and not _typed(
            f"Dockyard has never swept {account.sentence}. Type its id to allow it:", account.id
        ):
            raise RefusedError(
                f"Nothing was deleted: {account.sentence} was not confirmed.",
                f"If it is the right one: {asked.again('--yes', f'--confirm {account.id}')}",
            )
        accounts.confirm(account)
        show.say(f"Remembered in {accounts.file()}.")
    for lab in one.labs:
        if (
            lab.is_protected
            and lab.name not in asked.protected
            and not _typed(f"{lab.sentence} is protected. Type its name:", lab.name)
        ):
            raise RefusedError(
                f"Nothing was deleted: {lab.sentence} is protected.",
                f"If it may go: {asked.again('--yes', f'--protected {lab.name}')}",
            )


def _typed(question: str, wanted: str) -> bool:
    return sys.stdin.isatty() and show.ask(question) == wanted


# --- sweeping -----------------------------------------------------------------------------------


def _sweep(asked: Asked, one: _Looked) -> Outcome:
    mine = {thing.id for lab in one.labs for thing in lab.things}
    keys = {(lab.owner, lab.name) for lab in one.labs}
    if not keys:
        return Outcome(look=Look((), one.look.asked, one.look.unseen, one.look.failed))
    names = {name for _, name in keys}
    wanted = Wanted(names.pop() if len(names) == 1 else "")
    progress = show.Progress()
    sweep = Sweep(
        one.cloud,
        wanted,
        progress.set,
        asked.minutes * 60,
        of=lambda thing: thing.id in mine or (thing.owner, thing.lab) in keys,
    )
    return sweep.run(thing for lab in one.labs for thing in lab.things)


def _judge(looked: Sequence[_Looked], outcomes: Sequence[Outcome]) -> None:
    for one, outcome in zip(looked, outcomes, strict=True):
        if one.labs:
            show.say(f"{_sentence(one)}: {_counted(outcome.deleted) or 'nothing'} deleted.")
    left = [(thing, outcome) for outcome in outcomes for thing in outcome.left]
    if left:
        raise leftover(left)
    after = [_Looked(one.cloud, o.look, ()) for one, o in zip(looked, outcomes, strict=True)]
    _judge_failed(after)
    show.say("Looked again, every list to its end: nothing is left.")


def leftover(left: Sequence[tuple[Thing, Outcome]]) -> LeftoverError:
    """What is left, each with why, where to look and what to type."""
    lines = [f"{show.count(len(left), 'thing')} left:"]
    for thing, outcome in left:
        why = outcome.why(thing)
        lines += [f"  {thing.sentence}" + (f": {why}" if why else "")]
        lines += [f"    {text}" for text in (thing.console, thing.command) if text]
    return LeftoverError("\n".join(lines), "Delete them so, or type the same again later.")


def _plain(one: _Looked, outcome: Outcome | None) -> dict[str, object]:
    account = one.cloud.account
    look = outcome.look if outcome else one.look
    left = (
        [{**thing.plain(), "why": outcome.why(thing)} for thing in outcome.left] if outcome else []
    )
    return {
        "cloud": account.cloud,
        "account": account.id,
        "skipped": "",
        "labs": [
            {
                "lab": lab.name,
                "owner": lab.owner,
                "expires": lab.expires,
                "protected": lab.is_protected,
                "things": [thing.plain() for thing in lab.things],
            }
            for lab in one.labs
        ],
        "asked": look.asked,
        "unseen": look.unseen,
        "failed": look.failed,
        "deleted": [thing.plain() for thing in outcome.deleted] if outcome else [],
        "left": left,
    }
