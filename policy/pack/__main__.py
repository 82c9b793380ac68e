"""The rules as a Pulumi policy pack: `pulumi preview --policy-pack policy/pack`.

It has an environment of its own (`make policy-pack`): pulumi-policy needs an older protobuf than
the program does.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from policy.resources import Resource, Rule
from policy.rules import RULES, settings

ALLOWED = settings()


def _single(rule: Rule) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if rule.check and args.resource_type in rule.kinds:
            one = Resource(args.resource_type, args.name, _plain(args.props))
            for text in rule.check(one, ALLOWED):
                report(text)

    return ResourceValidationPolicy(rule.name, rule.why, validate, _level(rule))


def _whole(rule: Rule) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        made = [Resource(one.resource_type, one.name, _plain(one.props)) for one in args.resources]
        for text in rule.whole(made) if rule.whole else ():
            report(text)

    return StackValidationPolicy(rule.name, rule.why, validate, _level(rule))


def _plain(value: Any) -> Any:  # noqa: ANN401 - what a program asks is of any type
    """Without Pulumi's wrapping; what is not known before it is made is left out."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key in value if (item := _known(value, key)) is not None}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for at in range(len(value)) if (item := _known(value, at)) is not None]
    return value


def _known(value: Any, key: Any) -> Any:  # noqa: ANN401 - a mapping by its key, a list by its place
    try:
        return value[key]
    except UnknownValueError:
        return None


def _level(rule: Rule) -> EnforcementLevel:
    return EnforcementLevel.ADVISORY if rule.advice else EnforcementLevel.MANDATORY


PolicyPack(
    "dockyard",
    [_whole(one) if one.whole else _single(one) for one in RULES.all],
    EnforcementLevel.MANDATORY,
)
