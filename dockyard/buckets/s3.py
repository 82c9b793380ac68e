"""A bucket of Amazon S3: one an account and region, for all who may use that account's states."""

import os

from dockyard.sweep.clouds.aws import open_cloud
from dockyard.sweep.things import CloudError, GoneError

_DEFAULT = "eu-west-3"
_NO_PLACE_IS_SAID = "us-east-1"
"""the one region that S3 takes no LocationConstraint for"""


def make() -> str:
    """`s3://dockyard-states-ACCOUNT-REGION?region=REGION`; each of its rules is set again."""
    aws = open_cloud()
    region = aws.region or _DEFAULT
    name = f"dockyard-states-{aws.account.id}-{region}"

    def ask(call: str, **words: object) -> None:
        # a bucket of this name that is another account's is refused, not filled
        aws.ask("s3", region, call, Bucket=name, ExpectedBucketOwner=aws.account.id, **words)

    try:
        ask("head_bucket")
    except (GoneError, CloudError) as error:
        if "404" not in error.message:
            raise
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        more = {} if region == _NO_PLACE_IS_SAID else place
        aws.ask("s3", region, "create_bucket", Bucket=name, **more)
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    ask("put_public_access_block", PublicAccessBlockConfiguration=dict.fromkeys(names, True))
    encrypted = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    ask("put_bucket_encryption", ServerSideEncryptionConfiguration=encrypted)
    ask("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
    # behind another endpoint no bucket has a host name of its own
    other = any(map(os.environ.get, ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")))
    path = "&s3ForcePathStyle=true" if other else ""
    return f"s3://{name}?region={region}{path}"
