"""The provider's answers, in the engine's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import grpc
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import status_pb2

from rehearsal import checks
from rehearsal.difference import Change
from rehearsal.kinds import covers
from rehearsal.plain import general, written
from rehearsal.wire import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rehearsal import operations
    from rehearsal.kinds import Inputs, Kind, Problem
    from rehearsal.plain import Path
    from rehearsal.wire import Values

_KINDS = {
    (Change.ADD, False): pb.PropertyDiff.ADD,
    (Change.ADD, True): pb.PropertyDiff.ADD_REPLACE,
    (Change.DELETE, False): pb.PropertyDiff.DELETE,
    (Change.DELETE, True): pb.PropertyDiff.DELETE_REPLACE,
    (Change.UPDATE, False): pb.PropertyDiff.UPDATE,
    (Change.UPDATE, True): pb.PropertyDiff.UPDATE_REPLACE,
}


class _Status(NamedTuple):
    """What grpc.Status wants to be."""

    code: grpc.StatusCode
    details: str
    trailing_metadata: tuple[tuple[str, bytes], ...]


def unfinished(interrupted: operations.Interrupted, asked: Values) -> grpc.Status:
    """The answer by which the engine keeps in its state what it did not wait for."""
    record = interrupted.record
    failure = pb.ErrorResourceInitFailed(
        id=record.id,
        properties=encode(record.properties, asked.secrets),
        inputs=encode(asked.plain, asked.secrets),
        reasons=[str(interrupted)],
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(interrupted))
    status.details.add().Pack(failure)
    detail = (("grpc-status-details-bin", status.SerializeToString()),)
    return cast("grpc.Status", _Status(grpc.StatusCode.UNKNOWN, str(interrupted), detail))


def asked_before(request: pb.DiffRequest | pb.UpdateRequest, news: Inputs) -> Inputs:
    """The inputs of before; the state of an old engine has only outputs."""
    if request.old_inputs.fields:
        return decode(request.old_inputs).plain
    return cast("Inputs", checks.as_asked(decode(request.olds).plain, news))


def without(found: Mapping[Path, Change], ignored: Iterable[str]) -> dict[Path, Change]:
    return {
        path: change
        for path, change in found.items()
        if not any(covers(one, written(path)) for one in ignored)
    }


def diff(found: Mapping[Path, Change], replaces: Callable[[str], bool]) -> pb.DiffResponse:
    detail = {
        written(path): pb.PropertyDiff(kind=_KINDS[change, replaces(general(path))], inputDiff=True)
        for path, change in found.items()
    }
    some = pb.DiffResponse.DIFF_SOME
    return pb.DiffResponse(
        changes=some if found else pb.DiffResponse.DIFF_NONE,
        diffs=sorted({str(path[0]) for path in found}),
        replaces=sorted({written(path) for path in found if replaces(general(path))}),
        detailedDiff=detail,
        hasDetailedDiff=True,
    )


def checked(news: Values, found: Iterable[Problem]) -> pb.CheckResponse:
    inputs = encode(news.plain, news.secrets)
    return pb.CheckResponse(inputs=inputs, failures=failures(found))


def failures(found: Iterable[Problem]) -> list[pb.CheckFailure]:
    return [pb.CheckFailure(property=place, reason=reason) for place, reason in found]


def secret_outputs_of(kind: Kind) -> set[Path]:
    return {(name,) for name in kind.secret_outputs.split()}
