"""A container of Azure Blob Storage: one a subscription, in a group of its own that no lab has."""

import hashlib

from dockyard.sweep.clouds.azure import open_cloud

_GROUP, _CONTAINER = "dockyard-states", "states"
_REGION = "francecentral"
_VERSION = "2023-05-01"


def make() -> str:
    """`azblob://states?storage_account=NAME`; each of its rules is set again.

    Who reads and writes there needs the role Storage Blob Data Contributor, or the account's name
    and key in AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY.
    """
    azure = open_cloud()
    # a name is the world's, and has 24 letters and digits at most
    name = f"dockyard{hashlib.sha256(azure.account.id.encode()).hexdigest()[:14]}"
    azure.put_group(_GROUP, _REGION)
    home = f"/subscriptions/{azure.account.id}/resourceGroups/{_GROUP}"
    account = f"{home}/providers/Microsoft.Storage/storageAccounts/{name}"
    closed = {
        "allowBlobPublicAccess": False,
        "minimumTlsVersion": "TLS1_2",
        "supportsHttpsTrafficOnly": True,
    }
    kind = {"sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "location": _REGION}
    azure.put(account, _VERSION, {**kind, "properties": closed})
    blobs = f"{account}/blobServices/default"
    azure.put(blobs, _VERSION, {"properties": {"isVersioningEnabled": True}})
    container = {"properties": {"publicAccess": "None"}}
    azure.put(f"{blobs}/containers/{_CONTAINER}", _VERSION, container)
    return f"azblob://{_CONTAINER}?storage_account={name}"
