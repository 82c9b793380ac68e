"""A cloud that a shell names, and that is there no more: a rehearsal that has ended."""

import socket

import pytest

from dockyard.sweep.clouds import open_cloud
from dockyard.sweep.things import CloudError, Wanted
from rehearsal import serve

NAMED = {
    "aws": "AWS_ENDPOINT_URL",
    "azure": "DOCKYARD_AZURE_ENDPOINT",
    "gcp": "DOCKYARD_GCP_ENDPOINT",
}


@pytest.mark.parametrize("cloud", NAMED)
def test_a_cloud_that_has_ended_is_named(
    cloud: str, clouds: serve.Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    del clouds  # whose variables are set
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    monkeypatch.setenv(NAMED[cloud], url)
    with pytest.raises(CloudError) as said:
        list(open_cloud(cloud).machines(Wanted("course", "trainer"), "eu-west-3"))
    assert f"nothing speaks at {url}, which this shell names" in said.value.message
    assert said.value.hint == "Was that a rehearsal? It has ended: open another shell."
