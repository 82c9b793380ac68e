"""What Pulumi says, as a person reads it."""

from pathlib import Path

import pytest

from dockyard.engine.events import Said
from dockyard.engine.failures import Failure
from dockyard.errors import HostError

ENV = ". .dockyard/env      (after `make ready-aws-lab`)"


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        (
            "error: getting stack configuration: get stack secrets manager: incorrect passphrase",
            "The passphrase is not the one that the secrets of aws-lab were locked with.",
            "Is another PULUMI_CONFIG_PASSPHRASE set? Else bring back the file of before.",
        ),
        (
            "error: gcp (resource) plugin [gcp] did not begin responding to RPC connections",
            "The provider `gcp` of this shell, by PULUMI_DEBUG_PROVIDERS, answers no more.",
            "Was that a rehearsal? It has ended: open another shell.",
        ),
        (
            (
                "error: get stack secrets manager: passphrase must be set with "
                "PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables"
            ),
            "No passphrase is set for aws-lab.",
            ENV,
        ),
        (
            "error: unable to read PULUMI_CONFIG_PASSPHRASE_FILE: open /x: no such file",
            "The passphrase cannot be read: open /x: no such file.",
            ENV,
        ),
        (
            'error: Pulumi CLI version 3.100.0 does not satisfy the version range ">=3.254.0"',
            "Pulumi 3.100.0 is not a version that this project can use.",
            ENV,
        ),
        (
            "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
            "Pulumi does not know where the states of labs are.",
            ENV,
        ),
        (
            'error: unable to open state directory "file:///x": stat /x: no such file or directory',
            (
                "The states of labs are not where PULUMI_BACKEND_URL says: "
                '"file:///x": stat /x: no such file or directory'
            ),
            "Make that folder, or unset the variable; then: make ready-aws (or another lab)",
        ),
        (
            "error: could not find latest version for provider aws: dial tcp: no such host",
            "Pulumi's provider `aws` is not on this computer, and it could not be downloaded.",
            "With network: pulumi plugin install resource aws",
        ),
        (
            "error: no resource plugin 'pulumi-resource-azure-native' found in the workspace",
            (
                "Pulumi's provider `azure-native` is not on this computer, and it could not be "
                "downloaded."
            ),
            "With network: pulumi plugin install resource azure-native",
        ),
        (
            "error: pulumi:providers:gcp: could not find default credentials. See https://…",
            "Google Cloud knows no credentials on this computer.",
            "Type: gcloud auth application-default login",
        ),
        (
            "error: please run 'az login' to set up account",
            "Azure knows no credentials on this computer.",
            "Type: az login   (for a service principal: ARM_CLIENT_ID and its sisters)",
        ),
    ],
)
def test_what_this_computer_lacks(said: str, message: str, hint: str) -> None:
    error = Failure("aws-lab", said).error()
    assert isinstance(error, HostError)
    assert (error.message, error.hint) == (message, hint)


def test_a_stack_that_was_not_made() -> None:
    error = Failure("aws-lab", "error: no stack named 'aws-lab' found").error()
    assert str(error) == "The stack aws-lab was not made yet.\n  Make it: make ready-aws-lab"


def test_several_refusals_are_all_said_once() -> None:
    errors = [
        Said("error", "Quota exceeded.", "seat01-node1", "seat01"),
        Said("error", "Quota exceeded.", "seat02-node1", "seat02"),
        Said("error", "Quota exceeded.", "seat02-node1", "seat02"),
        Said("error", "update failed"),
    ]
    error = Failure("aws-lab", "", errors, Path("pulumi.log")).error()
    assert str(error) == (
        "seat01-node1: Quota exceeded.\n"
        "  seat02-node1: Quota exceeded.\n"
        "  All that Pulumi said: pulumi.log"
    )


@pytest.mark.parametrize(
    "text",
    [
        "1 error occurred:\n\t* creating EC2 Instance: connection reset by peer",
        "api error InvalidIPAddress.InUse: Address 10.77.0.20 is in use.",
        "cannot create already existing resource '/subscriptions/1/virtualMachines/seat01-node1'",
        "googleapi: Error 409: The resource 'instances/a' already exists, alreadyExists",
    ],
)
def test_a_seats_thing_that_nobody_knows_of_is_found_by_recover(text: str) -> None:
    said = [Said("error", text, "seat01-node1", "seat01")]
    error = Failure("aws-lab", "", said, Path("pulumi.log")).error()
    assert error.message == f"seat01-node1: {text}"
    assert "Type: dockyard recover aws-lab " in error.hint
    assert error.hint.endswith("All that Pulumi said: pulumi.log")
    # where a state was lost there is a role already, and students are at work on all the rest
    said = [Said("error", "api error EntityAlreadyExists: Role", "guard")]
    assert "recover" not in Failure("aws-lab", "", said, Path("pulumi.log")).error().hint


def test_the_official_hosts_traceback_is_one_sentence_too() -> None:
    text = (
        "Program failed with an unhandled exception:\nTraceback (most recent call last):\n"
        "  File \"/c/__main__.py\", line 3, in <module>\n    run()\nKeyError: 'lab'\n\n"
    )
    error = Failure("aws-lab", "", [Said("error", text)]).error()
    assert error.message == (
        "The program failed: KeyError: 'lab' (File \"/c/__main__.py\", line 3, in <module>)"
    )


def test_unknown_words_are_passed_on() -> None:
    assert Failure("a", "warning: x\nerror: something new\n").error().message == "something new"
    assert Failure("a", "").error().message == "Pulumi failed without a word."


@pytest.mark.parametrize(
    "said",
    [
        "error: EOF",
        "error: unexpected end of JSON input",
        "error: failed to load checkpoint: place 1: invalid character 'h' looking for beginning of",
        "error: failed to load checkpoint: json: cannot unmarshal number into Go value of type x",
        "error: failed to load checkpoint: EOF",
        'error: failed to load checkpoint: blob (key "a.json") (code=Unknown): unexpected EOF',
        'error: read ".pulumi/meta.yaml": EOF',
    ],
)
def test_a_state_that_was_cut_off_is_recovered(said: str) -> None:
    error = Failure("aws-lab", said).error()
    assert error.message == (
        "The state of aws-lab can't be read: it was cut off while it was written, or is none."
    )
    assert error.hint == "Type: dockyard recover aws-lab   (it puts back the one before)"


def test_what_a_sweep_took_away_is_read_first() -> None:
    said = "guard read back: Preview failed: resource 'default/dockyard-ada' does not exist"
    error = Failure("aws-lab", said).error()
    assert error.message == (
        "The cloud no longer has default/dockyard-ada, which the state of aws-lab still knows."
    )
    assert "dockyard recover aws-lab" in error.hint


def test_what_needed_a_thing_that_failed_is_not_said() -> None:
    echo = "targetResourceId value output<string>{} has a problem: is required, and missing"
    errors = [
        Said("error", "OperationNotAllowed: exceeding the quota", "seat02-node1"),
        Said("error", echo, "seat02-node1 floor"),
    ]
    message = Failure("azure-lab", "", errors).error().message
    assert message == "seat02-node1: OperationNotAllowed: exceeding the quota"
