"""From a description to user data, by the product's own code: the text that tests run."""

import json
import uuid
from pathlib import Path

from dockyard import description, project, seats
from dockyard.user_data import UserData
from standin.built import run


class Labs:
    """Descriptions of tests, written to `folder` and read back as a person's are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = folder / "id_ed25519"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(self.key))
        self._user_data = UserData(project.find(Path(__file__)).provision)

    @property
    def public_key(self) -> str:
        return self.key.with_suffix(".pub").read_text().strip()

    def user_data(self, **lab: object) -> str:
        """User data of the first machine of a lab in a cloud, `lab` the rest of its description."""
        described = {
            "name": "moby",
            "owner": "trainer",
            "target": "aws",
            "hours": 1,
            "access": {"keys": [self.public_key]},
            **lab,
        }
        # one file for each: stories of machines run in threads; JSON is YAML too
        path = self.folder / f"Pulumi.{uuid.uuid4()}.yaml"
        path.write_text(json.dumps({"config": {"dockyard:lab": described}}))
        spec = description.read(path).lab
        seat = seats.seats(spec)[0]
        return self._user_data.of(spec, seat, seat.machines[0])
