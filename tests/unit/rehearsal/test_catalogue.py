"""The catalogue and the scripts of ill machines fit each other."""

import re

from rehearsal.catalogue import ALL, machine

ILL = [one for one in ALL.values() if one.family == "machine" and not one.host]


def test_every_script_is_of_a_fault() -> None:
    scripts = {path.stem for path in machine.SCRIPTS.glob("*.sh")}
    assert scripts == {one.script or one.name for one in ILL}


def test_no_two_scripts_do_the_same() -> None:
    """Another default of its argument makes no other script: the catalogue can give another."""
    texts = [path.read_text("ascii") for path in machine.SCRIPTS.glob("*.sh")]
    done = [re.sub(r"(?m)^#.*\n|\$\{1:-[^}]*\}", "", text) for text in texts]
    assert len(done) == len(set(done))


def test_who_shares_a_script_tells_it_something_else() -> None:
    shared = [(one, ALL[one.script]) for one in ILL if one.script]
    assert shared != []
    for one, other in shared:
        assert machine.script(one) == machine.script(other)
        assert "" not in {one.value, other.value}
        assert one.value != other.value
