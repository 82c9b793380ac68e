"""What is typed wrong is a sentence, before anything is made or taken away."""

import subprocess
import sys
from pathlib import Path

import pytest

from dockyard.errors import DescriptionError, UsageError
from dockyard.project import Project
from rehearsal import catalogue
from rehearsal.stage.commands import _VERBS
from rehearsal.stage.described import described
from rehearsal.stage.folder import Folder, Plan
from rehearsal.stage.rehearsal import Asked

HOSTS = ("seat01-node1", "seat02-node1")
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "`` is no fault as one is written."),
        ("quota*x", "`quota*x` is no fault as one is written."),
        ("quota@", "`quota@` is no fault as one is written."),
        ("nope", "There is no fault `nope`"),
        ("quota:vcpus=abc", "`quota` takes vcpus=NUMBER, not `vcpus=abc`."),
        ("quota:memory=3", "`quota` takes vcpus=NUMBER, not `memory=3`."),
        ("slow:soon", "`slow` takes a number, not `soon`."),
        ("denied:3", "`denied` takes no value."),
        ("no-dns*3", "`no-dns` happens once"),
        ("quota@seat99", "No machine is of `seat99`."),
        ("locked", "`locked` does not happen on aws; it does on azure."),
    ],
)
def test_a_fault_that_is_none_is_refused(words: str, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        catalogue.chosen(words, "aws", HOSTS)
    assert sentence in str(refused.value)


def test_a_machine_that_is_not_made_can_not_be_ill() -> None:
    with pytest.raises(UsageError, match="none is made here"):
        catalogue.chosen("no-dns", "aws", HOSTS, machines=False)
    with pytest.raises(UsageError, match="none is made here"):
        catalogue.chosen("deleted-by-hand", "azure", ())


def test_what_is_written_right_is_taken() -> None:
    found = catalogue.chosen("quota:vcpus=4", "aws", HOSTS)
    assert (found.value, found.everywhere, found.times) == ("vcpus=4", True, None)
    assert catalogue.chosen("quota:4", "aws", HOSTS).value == "4"
    found = catalogue.chosen("throttled@seat02*3", "aws", HOSTS)
    assert (found.hosts, found.everywhere, found.times) == (("seat02-node1",), False, 3)


def asked(**changes: object) -> Asked:
    return Asked(
        "aws-lab", 2, changes={place.replace("__", "."): v for place, v in changes.items()}
    )


def test_a_description_is_changed_at_any_place() -> None:
    before = (ROOT / "stacks/Pulumi.aws-lab.yaml").read_bytes()
    document, lab = described(Project(ROOT), asked(docker__source="distribution", machines=[{}]))
    assert document["config"]["dockyard:lab"]["students"] == lab.students == 2
    assert lab.docker.source == "distribution"
    assert (ROOT / "stacks/Pulumi.aws-lab.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"nonsense": 1}, "aws-lab with --set nonsense, --students 2 has 1 problem:"),
        ({"machines__7__count": 2}, "there is no `7`"),
        ({"machines__x": 2}, "there is no `x`"),
        ({"name__x": 2}, "nothing can be set at `x`"),
    ],
)
def test_a_place_that_is_none_is_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises((UsageError, DescriptionError)) as refused:
        described(Project(ROOT), asked(**changes))
    assert sentence in str(refused.value)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """As much of a clone as words need, with the report of an earlier rehearsal."""
    (tmp_path / "Pulumi.yaml").write_text("name: dockyard\n")
    for name in ("stacks", "vagrant"):
        (tmp_path / name).symlink_to(ROOT / name)
    report = tmp_path / ".dockyard/rehearsal/aws-lab/report.html"
    report.parent.mkdir(parents=True)
    report.write_text("of yesterday")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("aws-lab --no-machines --set docker=[", 3, "--set docker=[ is no YAML"),
        ("aws-lab --no-machines --set docker", 2, "`--set docker` sets nothing."),
        ("aws-lab --no-machines --students 0", 3, "aws-lab with --students 0 has 1 problem"),
        ("aws-lab --no-machines --fault nope", 2, "There is no fault `nope`"),
        ("aws-lab --no-machines --fault no-dns", 2, "none is made here"),
        (
            "aws-lab --no-machines --fault quota:1@seat02 --fault quota:9",
            2,
            "`quota` is written twice for seat02-node1.",
        ),
        ("aws-lab gcp-lab", 2, "`gcp-lab` says nothing to a rehearsal of aws-lab."),
        ("stop --keep", 2, "`--keep` says nothing to `stop`."),
        ("stop nowhere", 2, "There is no lab `nowhere`"),
        ("stop gcp-lab", 0, "Nothing to do: nothing is being rehearsed."),
        ("clock -9h", 2, "The clock goes forward by a time"),
        ("clock +9999999999999999d", 2, "The clock goes forward by a time"),
        ("clock +1h30", 1, "Nothing is being rehearsed."),
        ("env a b", 1, "Nothing is being rehearsed."),
        ("faults azure", 2, "`azure` says nothing to `faults`, which lists all of them."),
        ("faults --json azure", 2, "`azure` says nothing to `faults`"),
    ],
)
def test_wrong_words_leave_everything_as_it_is(
    clone: Path, words: str, code: int, sentence: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rehearsal", *words.split()],
        cwd=clone, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == code
    assert (clone / ".dockyard/rehearsal/aws-lab/report.html").read_text() == "of yesterday"


@pytest.mark.parametrize("word", ["env", "inventory", "clock +1h"])
def test_a_rehearsal_whose_cloud_was_killed_is_said_to_be_over(clone: Path, word: str) -> None:
    folder = Folder(clone / ".dockyard/rehearsal/aws-lab")
    folder.clone.root.mkdir()

    def typed(*more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "rehearsal", *word.split(), *more],
            cwd=clone, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode in (1, 2)
        return done.stderr

    over = "What played the cloud for aws-lab was ended: that rehearsal is over."
    assert over in typed()
    assert over in typed("aws-lab")
    assert "Nothing is being rehearsed." in typed("gcp-lab")
    with subprocess.Popen(["sleep", "60"]) as other:
        alive = Folder(clone / ".dockyard/rehearsal/azure-lab")
        alive.clone.root.mkdir(parents=True)
        alive.write_keeper(other.pid)
        assert over in typed("aws-lab")
        assert "gcp-lab is not being rehearsed; azure-lab is." in typed("gcp-lab")
        other.kill()


def test_every_word_has_a_meaning() -> None:
    from dockyard.commands.rehearse import VERBS

    assert set(VERBS) == set(_VERBS)


def test_one_rehearses_at_a_time(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "rehearsal" / "aws-lab")
    assert folder.rehearser == 0
    hold = (
        "import sys, time; from pathlib import Path; from rehearsal.stage.folder import Folder\n"
        f"with Folder(Path({str(folder.path)!r})).alone(): print('mine', flush=1); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert folder.rehearser == other.pid
        with pytest.raises(Exception, match="is being rehearsed already"), folder.alone():
            pass
        other.kill()  # nobody lets go of it
        other.wait()
    assert folder.rehearser == 0
    with folder.alone():
        pass


def test_what_the_cloud_has_is_listed_without_docker(clone: Path) -> None:
    folder = Folder(clone / ".dockyard/rehearsal/aws-lab")
    folder.clone.root.mkdir()
    folder.write_plan(Plan("aws-lab", "aws"))
    with subprocess.Popen(["sleep", "60"]) as other:
        folder.write_keeper(other.pid)
        done = subprocess.run(
            [sys.executable, "-m", "rehearsal", "inventory"],
            cwd=clone, env={"PATH": str(clone)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        other.kill()
    assert done.stderr.strip() == "0 things, 0 of them run on this computer."
