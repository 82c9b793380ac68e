"""AWS over HTTP: who is asking (STS), what carries a tag (the tagging API), EC2; the others each in
a file of its own.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from rehearsal.faults import Refused
from rehearsal.http import (
    aws_alarms,
    aws_prices,
    aws_quotas,
    aws_roles,
    aws_schedules,
    query,
)
from rehearsal.http.aws_calls import Call
from rehearsal.http.aws_deletions import DELETIONS
from rehearsal.http.aws_lists import LISTS
from rehearsal.http.aws_power import POWER, refuse_right
from rehearsal.http.aws_tagging import get_resources
from rehearsal.http.manners import Desk, unknown
from rehearsal.http.server import Reply, Request

if TYPE_CHECKING:
    from rehearsal.inventory import Record

_SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_SERVICES = {
    "ec2": "ec2",
    "sts": "sts",
    "iam": "iam",
    "tagging": "resourcegroupstaggingapi",
    "scheduler": "scheduler",
    "sns": "sns",
    "states": "stepfunctions",
    "servicequotas": "service-quotas",
    "pricing": "pricing",
}
_ASKED = {
    "servicequotas": aws_quotas.answer,
    "pricing": aws_prices.answer,
    "states": aws_alarms.states,
}
"""Services that are asked by name, in JSON."""
_JSON = {"tagging", "scheduler", *_ASKED}
CALLS = LISTS | DELETIONS | POWER
"""Those of EC2."""
_STATUS = {
    "RequestLimitExceeded": 503,
    "Unavailable": 503,
    "InternalError": 500,
    "AuthFailure": 401,
    "UnauthorizedOperation": 403,
    "ExpiredToken": 403,
    "InvalidClientTokenId": 403,
    "DryRunOperation": 412,
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "AuthorizationError": 403,
    "NoSuchEntity": 404,
    "ResourceNotFoundException": 404,
    "NotFound": 404,
}


class Face:
    """Every region behind one endpoint, as with AWS_ENDPOINT_URL."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.ended: dict[str, Record] = {}
        """terminated instances: seen for a while yet"""

    def answer(self, request: Request) -> Reply:
        number = str(uuid.uuid4())
        service = "ec2"
        try:
            region, service = self._who(request)
            if service == "tagging":
                return self._tagging(request, region)
            if service in _ASKED:
                name, asked = _target(request)
                return Reply.of(_ASKED[service](self.desk, name, asked, region))
            if service == "scheduler":
                return aws_schedules.answer(self.desk, request, region)
            return self._form(request, region, service, number)
        except Refused as refused:
            status = _STATUS.get(refused.code, 400)
            if service in _JSON:
                said = {"__type": refused.code, "message": refused.text}
                return Reply.of(said, status, x_amzn_errortype=refused.code)
            return _xml(query.refusal(refused, number), status)

    def _who(self, request: Request) -> tuple[str, str]:
        signed = _SIGNED.match(request.headers.get("authorization", ""))
        if not signed:
            raise Refused("MissingAuthenticationToken", "Request is missing Authentication Token")
        key, region, service = signed.groups()
        if service not in _SERVICES:
            raise Refused("InvalidAction", unknown([f"the service {service}"], _FILE))
        if key != self.desk.setting("credential"):
            if service == "ec2":
                raise Refused(
                    "AuthFailure", "AWS was not able to validate the provided access credentials"
                )
            raise Refused(
                "InvalidClientTokenId", "The security token included in the request is invalid."
            )
        if self.desk.setting("expired"):
            code = "RequestExpired" if service == "ec2" else "ExpiredToken"
            raise Refused(code, "The security token included in the request is expired")
        return region, service

    def _tagging(self, request: Request, region: str) -> Reply:
        name, asked = _target(request)
        if name != "GetResources":
            raise Refused("UnknownOperationException", unknown([f"the call {name}"], _FILE))
        self.desk.called(name, region)
        ask = Call(self.desk, region, asked, self.ended)
        return Reply.of(get_resources(ask))

    def _form(self, request: Request, region: str, service: str, number: str) -> Reply:
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        name = form.get("Action", "")
        model = query.service(_SERVICES[service])
        operation = query.operation(model, name)
        found = query.asked(operation, form)
        self.desk.called(name, region)
        if service == "sts":
            return _xml(self._caller(name, number))
        if service == "iam":
            return _xml(query.result(operation, aws_roles.answer(self.desk, name, found), number))
        if service == "sns":
            said = aws_alarms.sns(self.desk, name, found, region)
            return _xml(query.result(operation, said, number))
        if name not in CALLS:
            raise Refused("InvalidAction", unknown([f"the call {name}"], _FILE))
        takes, handler = CALLS[name]
        strange = found.keys() - {*takes.split(), "DryRun"}
        if strange:
            raise Refused("UnknownParameter", unknown(strange, _FILE))
        dry = found.pop("DryRun", False)
        call = Call(self.desk, region, found, self.ended)
        if name in POWER:
            refuse_right(call, name)
        if dry:
            raise Refused(
                "DryRunOperation", "Request would have succeeded, but DryRun flag is set."
            )
        said = handler(call)
        return _xml(query.answer(operation, said, number))

    def _caller(self, name: str, number: str) -> str:
        if name != "GetCallerIdentity":
            raise Refused("InvalidAction", unknown([f"the call {name}"], _FILE))
        account = self.desk.setting("account")
        return (
            '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            f"<GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/trainer</Arn>"
            f"<UserId>AIDAREHEARSAL</UserId><Account>{account}</Account>"
            f"</GetCallerIdentityResult><ResponseMetadata><RequestId>{number}</RequestId>"
            "</ResponseMetadata></GetCallerIdentityResponse>"
        )


_FILE = "rehearsal/http/aws.py"


def _target(request: Request) -> tuple[str, dict[str, Any]]:
    """The call and its parameters, where they are JSON."""
    name = request.headers.get("x-amz-target", "").rpartition(".")[2]
    return name, json.loads(request.body or b"{}")


def _xml(body: str, status: int = 200) -> Reply:
    return Reply(status, body, {"Content-Type": "text/xml;charset=UTF-8"})


def environment(endpoint: str, desk: Desk) -> dict[str, Any]:
    """What boto3 needs to be told to come here."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": desk.setting("credential"),
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_EC2_METADATA_DISABLED": "true",
        # a person's own may say that no endpoint of a variable counts
        **dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull),
    }
