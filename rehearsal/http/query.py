"""AWS's own way to ask and to answer, by botocore's model of a service: forms in, XML out.

A parameter that the model does not have is refused as AWS refuses it; one that it has and the
stand-in does not take is refused, too, and the file to extend named.
"""

from __future__ import annotations

import datetime as dt
import functools
from typing import TYPE_CHECKING, Any, cast
from xml.sax.saxutils import escape

import botocore.session
from botocore.model import ListShape, OperationModel, ServiceModel, StructureShape

from rehearsal.faults import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import Shape

    from rehearsal.plain import Plain


@functools.cache
def service(name: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(name)


def operation(model: ServiceModel, name: str) -> OperationModel:
    if name not in model.operation_names:
        raise Refused("InvalidAction", f"The action {name} is not valid for this web service.")
    return model.operation_model(name)


# --- in -----------------------------------------------------------------------------------------


def asked(asks: OperationModel, form: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a call, as boto3 names them."""
    # EC2 counts what is in a list without the word
    form = {name.replace(".member.", "."): text for name, text in form.items()}
    left = {name for name in form if name not in {"Action", "Version"}}
    found: dict[str, Any] = {}
    if asks.input_shape is not None:
        found = dict(_members(cast("StructureShape", asks.input_shape), form, "", left))
    if left:
        raise Refused(
            "UnknownParameter",
            f"The parameter {min(left)} is not recognized",
        )
    return found


def _members(
    shape: StructureShape, form: Mapping[str, str], prefix: str, left: set[str]
) -> Iterator[tuple[str, Any]]:
    for name, member in shape.members.items():
        said = member.serialization
        written = said.get("queryName") or _capital(said.get("name", name))
        value = _value(member, form, prefix + written, left)
        if value is not None:
            yield name, value


def _value(shape: Shape, form: Mapping[str, str], key: str, left: set[str]) -> Plain:
    if isinstance(shape, ListShape):
        found: list[Any] = []
        while (item := _value(shape.member, form, f"{key}.{len(found) + 1}", left)) is not None:
            found.append(item)
        return found or None
    if isinstance(shape, StructureShape):
        return dict(_members(shape, form, f"{key}.", left)) or None
    left.discard(key)
    text = form.get(key)
    if text is None:
        return None
    if shape.type_name == "boolean":
        return text.lower() == "true"
    return int(text) if shape.type_name in {"integer", "long"} else text


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


# --- out ----------------------------------------------------------------------------------------


def answer(asks: OperationModel, value: Mapping[str, Any], request: str) -> str:
    """EC2's form of an answer."""
    shape = asks.output_shape
    body = _xml_members(cast("StructureShape", shape), value) if shape is not None else ""
    space = asks.service_model.metadata.get("xmlNamespace") or _EC2.format(
        asks.service_model.api_version
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{asks.name}Response xmlns="{space}">'
        f"<requestId>{request}</requestId>{body}</{asks.name}Response>"
    )


def result(asks: OperationModel, value: Mapping[str, Any], request: str) -> str:
    """The form of the other services' answers."""
    shape = asks.output_shape
    body = _xml_members(cast("StructureShape", shape), value) if shape is not None else ""
    return (
        f'<{asks.name}Response xmlns="{asks.service_model.metadata["xmlNamespace"]}">'
        f"<{asks.name}Result>{body}</{asks.name}Result><ResponseMetadata>"
        f"<RequestId>{request}</RequestId></ResponseMetadata></{asks.name}Response>"
    )


_EC2 = "http://ec2.amazonaws.com/doc/{}/"


def _xml_members(shape: StructureShape, value: Mapping[str, Any]) -> str:
    strange = value.keys() - shape.members.keys()
    if strange:
        raise TypeError(f"{shape.name} has no {', '.join(sorted(strange))}: the stand-in is wrong")
    return "".join(
        _xml(member, member.serialization.get("name", name), value[name])
        for name, member in shape.members.items()
        if value.get(name) is not None
    )


def _xml(shape: Shape, tag: str, value: Plain) -> str:
    if isinstance(shape, ListShape):
        item = shape.member.serialization.get("name", "item")
        inside = "".join(_xml(shape.member, item, one) for one in value)
    elif isinstance(shape, StructureShape):
        inside = _xml_members(shape, value)
    elif isinstance(value, bool):
        inside = "true" if value else "false"
    elif isinstance(value, dt.datetime):
        inside = value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    else:
        inside = escape(str(value))
    return f"<{tag}>{inside}</{tag}>"


def refusal(refused: Refused, request: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
        f"<Code>{escape(refused.code)}</Code><Message>{escape(refused.text)}</Message>"
        f"</Error></Errors><RequestID>{request}</RequestID></Response>"
    )
