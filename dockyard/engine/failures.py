"""What Pulumi says when it fails, in a person's words and with what to type next."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dockyard.engine.events import Said
from dockyard.engine.locks import LockedError, parse_lock
from dockyard.errors import DockyardError, HostError


class EngineError(DockyardError):
    """The engine, the program or a cloud said no; the message is what they said."""


class NotMadeError(DockyardError):
    """The backend has no such stack."""


class UnreadableError(EngineError):
    """The stack is there, but not as a whole state."""


def killed(stack: str, number: int) -> EngineError:
    """For an engine that a signal ended."""
    return EngineError(
        f"Pulumi was killed in the middle of its work on {stack} (signal {number}).",
        "Type the same again: it unlocks the stack and says what became uncertain.",
    )


def not_told(stack: str, folder: Path) -> EngineError:
    """For an engine that did its work, and could not write down what it was."""
    return EngineError(
        f"What Pulumi did on {stack} could not be written down to its end: is the disk of "
        f"{folder} full?",
        "Make room there, and type the same again.",
    )


@dataclass(frozen=True)
class Failure:
    """All that is known of a failed command."""

    stack: str
    said: str
    """What it wrote."""
    errors: Sequence[Said] = ()
    log: Path | None = None

    def error(self) -> DockyardError:
        """The error for it: a known one by its words, else the words themselves."""
        text = "\n".join([self.said, *(one.text for one in self.errors)])
        for pattern, make in _KNOWN:
            found = re.search(pattern, text)
            if found:
                return make(self, found)
        return self._in_its_words()

    def _in_its_words(self) -> DockyardError:
        hint = f"All that Pulumi said: {self.log}" if self.log else ""
        told = [one for one in self.errors if one.text not in _ECHOES]
        # what needs a thing that was not made fails after it, in words that nobody understands
        told = [one for one in told if _NEEDED_IT not in one.text] or told
        if len(told) == 1 and not told[0].name:
            # the program's own sentence brings its own hint
            message, _, own = told[0].text.partition("\n")
            return EngineError(message, own.strip() or hint)
        sentences = dict.fromkeys(
            f"{one.name}: {one.text}" if one.name else one.text for one in told
        )
        message = "\n  ".join(sentences) or _last_words(self.said)
        if any(one.seat and re.search(_THERE, one.text) for one in told):
            hint = "\n  ".join(filter(None, (_UNKNOWN.format(self.stack), hint)))
        return EngineError(message, hint)


_THERE = r"connection reset by peer|InvalidIPAddress\.InUse|(?i:already ?exist)"
_UNKNOWN = (
    "The cloud may have what the state does not know: an answer was lost, or it is another's.\n"
    "  Type: dockyard recover {}   (it asks before it deletes); then the same again."
)
"""of what belongs to a seat alone: what a whole lab's lost state knew is nothing to be deleted"""
_NEEDED_IT = "value output<string>{} has a problem: is required, and missing"
_ECHOES = {"update failed", "preview failed", "destroy failed", "refresh failed", "update canceled"}


def _last_words(said: str) -> str:
    errors = [line.partition("error:")[2].strip() for line in said.splitlines() if "error:" in line]
    last = said.strip().splitlines()[-1:]
    return "\n  ".join(dict.fromkeys(errors)) or "".join(last) or "Pulumi failed without a word."


def _is_locked(failure: Failure, found: "re.Match[str]") -> DockyardError:
    return LockedError(failure.stack, parse_lock(found.string))


def _bug(failure: Failure, found: "re.Match[str]") -> DockyardError:
    told = [one.text for one in failure.errors if found[0] in one.text] or [found.string]
    lines = told[0].partition(found[0])[2].strip("\n").splitlines()
    where = [line.strip() for line in lines if line.strip().startswith('File "')][-1:]
    what = [line for line in lines if line and not line.startswith(" ")][-1:]
    text = f"The program failed: {''.join(what)} ({''.join(where)})"
    return EngineError(text, f"This is a bug; all of it: {failure.log}" if failure.log else "")


def _plugin(_: Failure, found: "re.Match[str]") -> DockyardError:
    name = next(group for group in found.groups() if group)
    return HostError(
        f"Pulumi's provider `{name}` is not on this computer, and it could not be downloaded.",
        f"With network: pulumi plugin install resource {name}",
    )


def _says(kind: type[DockyardError], message: str, hint: str) -> "_Make":
    """Words with the stack and the pattern's first group put in."""

    def make(failure: Failure, found: "re.Match[str]") -> DockyardError:
        facts = {"stack": failure.stack, "found": found[1] if found.re.groups else found[0]}
        return kind(message.format(**facts), hint.format(**facts))

    return make


_Make = Callable[[Failure, "re.Match[str]"], DockyardError]
_ENV = ". .dockyard/env      (after `make ready-{stack}`)"

_KNOWN: tuple[tuple[str, _Make], ...] = (
    (r"currently locked by|Another update is currently in progress", _is_locked),
    (
        r"Microsoft\.Authorization/roleAssignments/write",
        _says(
            EngineError,
            "You may not assign roles in this Azure subscription.",
            "Its owner may let you (User Access Administrator). Without: `guard: false`, then only "
            "`dockyard down {stack}` ends the lab; a cluster needs `attach_registry: false` too.",
        ),
    ),
    (
        (
            r"unexpected end of JSON input|(?m:^(?:error: )?EOF$)"
            r"|failed to load checkpoint: .*(?:invalid character|cannot unmarshal|EOF)"
            r"|\.pulumi/meta\.yaml.*: (?:unexpected )?EOF"
        ),
        _says(
            UnreadableError,
            "The state of {stack} can't be read: it was cut off while it was written, or is none.",
            "Type: dockyard recover {stack}   (it puts back the one before)",
        ),
    ),
    (
        r"Preview failed: resource '(.*?)' does not exist",
        _says(
            EngineError,
            "The cloud no longer has {found}, which the state of {stack} still knows.",
            "Have the state read what is there: dockyard recover {stack}; then type this again.",
        ),
    ),
    (
        r"incorrect passphrase",
        _says(
            HostError,
            "The passphrase is not the one that the secrets of {stack} were locked with.",
            "Is another PULUMI_CONFIG_PASSPHRASE set? Else bring back the file of before.",
        ),
    ),
    (
        r"unable to read PULUMI_CONFIG_PASSPHRASE_FILE: (.*)",
        _says(HostError, "The passphrase cannot be read: {found}.", _ENV),
    ),
    (r"passphrase must be set", _says(HostError, "No passphrase is set for {stack}.", _ENV)),
    (
        r"no stack named '(.*?)' found",
        _says(NotMadeError, "The stack {found} was not made yet.", "Make it: make ready-{stack}"),
    ),
    (
        (
            r"is newer than what this version of the Pulumi CLI understands|version is too new"
            r"|unsupported checkpoint version"
        ),
        _says(
            HostError,
            "The state of {stack} was written by a newer Pulumi than the one here.",
            "Bring that one: git pull && make ready-{stack}; see: dockyard doctor\n"
            "  Or make a new state of what the cloud has: dockyard recover {stack} --rebuild",
        ),
    ),
    (
        r"is too old to be used by this version|no secrets manager could be found",
        _says(
            HostError,
            "The state of {stack} was written by a Pulumi that is too old to be understood.",
            "Make a new one of what the cloud has: dockyard recover {stack} --rebuild",
        ),
    ),
    (
        r"Pulumi CLI version (\S+) does not satisfy",
        _says(HostError, "Pulumi {found} is not a version that this project can use.", _ENV),
    ),
    (
        r"AuthorizationPermissionMismatch",
        _says(
            HostError,
            "Azure's storage does not let you read and write the states of labs.",
            "Its owner has no such right by that: have rights/azure-states.json, or Storage Blob "
            "Data Contributor, assigned to you on the group dockyard-states (docs/rights.md). It "
            "takes some minutes to hold.",
        ),
    ),
    (
        r"plugin \[(\S+)\] did not begin responding",
        _says(
            HostError,
            "The provider `{found}` of this shell, by PULUMI_DEBUG_PROVIDERS, answers no more.",
            "Was that a rehearsal? It has ended: open another shell.",
        ),
    ),
    (
        r"(/[^\s:]+): no space left on device",
        # no HostError: the cloud may have changed before
        _says(
            EngineError,
            "There is no room left on this computer to write {found}.",
            "Make room (df -h says where); then: dockyard recover {stack}   "
            "(it finds what was not noted)",
        ),
    ),
    (
        r"PULUMI_ACCESS_TOKEN must be set",
        _says(HostError, "Pulumi does not know where the states of labs are.", _ENV),
    ),
    (
        r"unable to open (?:state directory|bucket) (.*)",
        _says(
            HostError,
            "The states of labs are not where PULUMI_BACKEND_URL says: {found}",
            "Make that folder, or unset the variable; then: make ready-aws (or another lab)",
        ),
    ),
    (
        (
            r"could not find latest version for provider (\S+):"
            r"|[Nn]o resource plugin 'pulumi-resource-([\w-]+)"
            r"|automatically download and install resource plugin 'pulumi-resource-([\w-]+)"
        ),
        _plugin,
    ),
    (
        (
            r"No valid credential sources|failed to refresh cached credentials|InvalidClientTokenId"
            r"|no EC2 IMDS role found"
        ),
        _says(
            HostError,
            "AWS knows no credentials on this computer.",
            "Type: aws configure   (or set AWS_PROFILE)",
        ),
    ),
    (
        (
            r"az login|subscription.{0,40}(?:not found|must be)|AZURE_SUBSCRIPTION_ID"
            r"|DefaultAzureCredential"
        ),
        _says(
            HostError,
            "Azure knows no credentials on this computer.",
            "Type: az login   (for a service principal: ARM_CLIENT_ID and its sisters)",
        ),
    ),
    (
        r"could not find default credentials|GOOGLE_CREDENTIALS|reauth related error",
        _says(
            HostError,
            "Google Cloud knows no credentials on this computer.",
            "Type: gcloud auth application-default login",
        ),
    ),
    (
        r"project: required field is not set",
        _says(
            HostError,
            "Google Cloud is not told in which project to make the lab.",
            "Type: export GOOGLE_PROJECT=NAME   (see them: gcloud projects list)",
        ),
    ),
    (r"Traceback \(most recent call last\):", _bug),
)
