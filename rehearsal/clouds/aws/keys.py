"""Key pairs."""

from __future__ import annotations

import re

from rehearsal.clouds.aws.network import arn
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Names, Outputs
from rehearsal.scene import Scene, hexadecimal

KEY = "aws:ec2/keyPair:KeyPair"


def _make_key(scene: Scene) -> Outputs:
    kind, _, blob = str(scene.inputs["publicKey"]).partition(" ")
    kinds = {"ssh-rsa": "rsa", "ssh-ed25519": "ed25519"}
    if not blob or kind not in kinds:
        raise Refused("InvalidKey.Format", "Key is not in valid OpenSSH public key format")
    return {
        "arn": arn(scene, "key-pair"),
        "keyPairId": f"key-{hexadecimal()}",
        "keyType": kinds[kind],
        "fingerprint": ":".join(hexadecimal(2) for _ in range(16)),
    }


key = Kind(
    KEY,
    id=lambda scene: str(scene.inputs["keyName"]),
    title="EC2 Key Pair",
    calls={"create": "ImportKeyPair", "delete": "DeleteKeyPair"},
    takes="keyName publicKey region tags",
    replaces="keyName publicKey region",
    names=Names(
        "keyName",
        re.compile(r"[\x20-\x7e]{1,255}"),
        "may have 1 to 255 ASCII characters",
        taken="InvalidKeyPair.Duplicate: The keypair already exists",
        auto=lambda name, digits: f"{name}-{digits[:7]}",
    ),
    missing="InvalidKeyPair.NotFound: The key pair '{value}' does not exist",
    makes=_make_key,
)

KINDS = (key,)
