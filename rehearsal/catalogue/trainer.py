"""The trainer, the trainer's computer, or the engine is cut off."""

from __future__ import annotations

import os
import shutil
import signal
import time
from typing import TYPE_CHECKING, Any

from rehearsal.catalogue.entry import Chosen, Entry

if TYPE_CHECKING:
    from rehearsal.stage.rehearsal import Rehearsal


def _ctrl_c(rehearsal: Rehearsal, _: Chosen) -> None:
    """As soon as something was made."""
    up = ("up", rehearsal.stack, "--yes", "--wait", rehearsal.minutes)
    rehearsal.type(*up, when=(" created", lambda process: process.send_signal(signal.SIGINT)))


def _kill_command(rehearsal: Rehearsal, _: Chosen) -> None:
    rehearsal.type("up", rehearsal.stack, "--yes", "--wait", rehearsal.minutes,
                   when=(" created", lambda process: process.kill()))  # fmt: skip
    # the engine has not heard of it, and ends its work
    while rehearsal.engines():
        time.sleep(0.2)


def _kill_engine(rehearsal: Rehearsal, _: Chosen) -> None:
    def kill(_: object) -> None:
        for pid in rehearsal.engines():
            os.kill(pid, signal.SIGKILL)

    rehearsal.type(
        "up", rehearsal.stack, "--yes", "--wait", rehearsal.minutes, when=(" created", kill)
    )
    # it may have been about to write the state
    rehearsal.type("recover", rehearsal.stack, "--yes")


def _two_at_once(rehearsal: Rehearsal, _: Chosen) -> None:
    """A second trainer types `up` while the first one's goes on, which takes a while."""
    rehearsal.slow(20.0)
    rehearsal.type(
        "up", rehearsal.stack, "--yes", "--wait", rehearsal.minutes,
        when=(" created", lambda _: rehearsal.type("up", rehearsal.stack, "--yes", "--wait", "0")),
    )  # fmt: skip


def _up(rehearsal: Rehearsal) -> None:
    rehearsal.type("up", rehearsal.stack, "--yes", "--wait", rehearsal.minutes)


def _lose_state(rehearsal: Rehearsal, _: Chosen) -> None:
    _up(rehearsal)
    shutil.rmtree(rehearsal.folder.path / "state" / ".pulumi" / "stacks")
    _up(rehearsal)


def _cut_state(rehearsal: Rehearsal, _: Chosen) -> None:
    _up(rehearsal)
    for file in (rehearsal.folder.path / "state").rglob(f"stacks/**/{rehearsal.stack}.json"):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    _up(rehearsal)


def _lose_passphrase(rehearsal: Rehearsal, _: Chosen) -> None:
    _up(rehearsal)
    file = rehearsal.folder.path / "passphrase"
    file.write_text("another one\n", encoding="ascii")
    _up(rehearsal)


def _move(rehearsal: Rehearsal, _: Chosen) -> None:
    """The lab was made where the trainer sat an hour ago: from here nobody reaches its machines."""
    rehearsal.more["DOCKYARD_ADDRESS"] = "203.0.113.99"
    rehearsal.type("up", rehearsal.stack, "--yes", "--wait", "0")
    del rehearsal.more["DOCKYARD_ADDRESS"]
    _up(rehearsal)


def _over(rehearsal: Rehearsal, _: Chosen) -> None:
    """The lab's time is over, and the trainer has not noticed."""
    _up(rehearsal)
    rehearsal.advance(hours=24)
    rehearsal.type("status", rehearsal.stack)


def _by_hand(rehearsal: Rehearsal, chosen: Chosen) -> None:
    """Somebody deletes machines in the cloud's console."""
    _up(rehearsal)
    rehearsal.delete(chosen.hosts[0])
    rehearsal.type("up", rehearsal.stack, "--yes", "--wait", rehearsal.minutes)


def _hurt(name: str, title: str, sees: str, do: str, **more: Any) -> Entry:  # noqa: ANN401 - fields of Entry
    return Entry("trainer", name, title, sees, do=do, **{"code": 1, **more})


_AGAIN = "type the same again: it goes on where it stopped"

ENTRIES = (
    _hurt("ctrl-c", "Ctrl-C while machines are made", "begins nothing new",
          _AGAIN, code=130, again=True, acts=_ctrl_c),
    _hurt("killed", "`dockyard up` is killed (kill -9)", "", _AGAIN, code=137, again=True,
          acts=_kill_command),
    _hurt("engine-killed", "the engine is killed (kill -9)", "Pulumi was killed in the middle",
          "`dockyard recover`, then the same again", again=True,
          acts=_kill_engine),
    _hurt("two-trainers", "two trainers make the same lab at once", "is being worked on by",
          "let the first one's end", acts=_two_at_once),
    _hurt("state-lost", "the states of the labs are deleted", "By its tags",
          "`dockyard down`: it finds by tags what no state knows", acts=_lose_state),
    _hurt("state-cut", "the state of a lab is half a file",
          "it was cut off while it was written", "`dockyard recover`; or `dockyard sweep`",
          left="all of it, until `sweep`", acts=_cut_state),
    _hurt("passphrase", "the passphrase is another one", "The passphrase is not the one",
          "bring back the file; or `dockyard sweep`", code=4, acts=_lose_passphrase,
          left="all of it, until the file is back or `sweep`"),
    _hurt("moved", "the trainer sits in another network than before", "Changes: ",
          "nothing: `up` opens the lab to the new address", code=0, acts=_move),
    _hurt("time-over", "the lab's time is over", "its time was over", "`dockyard down`",
          code=0, acts=_over, over=True),
    _hurt("deleted-by-hand", "somebody deletes a machine in the cloud's console",
          "Gone, deleted there or shut down from inside: {host}",
          "nothing: `up` sees it, and makes that machine anew", code=0, acts=_by_hand),
)  # fmt: skip
