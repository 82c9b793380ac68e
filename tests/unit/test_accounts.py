"""Which accounts a person has confirmed."""

from pathlib import Path

import pytest

from dockyard.errors import DockyardError
from dockyard.sweep import accounts
from dockyard.sweep.things import Account

OURS = Account("aws", "123456789012")


def test_an_account_is_confirmed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert not accounts.is_confirmed(OURS)
    accounts.confirm(OURS)
    assert accounts.is_confirmed(OURS)
    assert not accounts.is_confirmed(Account("azure", OURS.id))
    assert accounts.file().stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "[]", "1", '{"aws": []}', '{"aws": "123456789012"}'])
def test_a_file_that_is_not_ours_confirms_nothing(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    accounts.confirm(OURS)
    accounts.file().write_text(text)
    with pytest.raises(DockyardError, match="is not what Dockyard wrote"):
        accounts.is_confirmed(OURS)
