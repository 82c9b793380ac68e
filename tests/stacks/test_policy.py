"""The rules of policy/ hold on every ready-made stack, as the engine has it in its state."""

import os
import subprocess
import sys

import pytest

from policy import rules
from policy.resources import Resource, Settings
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("stack", ["aws-lab", "azure-lab", "gcp-lab", "aks-lab"])
def test_every_rule_holds(stack: str, clone: StackClone) -> None:
    clone.describe(stack, lambda described: described.update(alarm="ada@example.org"))
    clone.pulumi("stack", "init", stack)
    clone.up(stack)
    made = [
        Resource(one["type"], one["urn"].rpartition("::")[2], one.get("inputs", {}))
        for one in clone.state(stack)["deployment"]["resources"]
        if not one.get("external")
    ]
    assert [one.sentence for one in rules.RULES.findings(made, Settings())] == []
    # and they looked at something
    seen = {rule.name for rule in rules.RULES.all for one in made if one.type in rule.kinds}
    assert len(seen) >= 5


def test_plan_diff_says_which_rule_the_changes_break(clone: StackClone) -> None:
    said = clone.dockyard("plan", "aws-lab", "--diff", DOCKYARD_SIZES="t3.micro t3.nano").out
    assert "! seat01-node1: is a t3.small; allowed: t3.micro, t3.nano (allowed-sizes: " in said
    assert said.count("\n! ") == 3
    assert "\n! " not in clone.dockyard("plan", "aws-lab", "--diff").out


@pytest.mark.slow
def test_the_pack_runs_in_the_engine(clone: StackClone) -> None:
    pack = clone.root / "policy" / "pack"
    subprocess.run([sys.executable, "-m", "venv", str(pack / ".venv")], check=True)
    install = ("-m", "pip", "install", "-q", "--no-deps", "--require-hashes")
    python = pack / ".venv" / "bin" / "python"
    words = [python, *install, "-r", "requirements.txt"]
    subprocess.run(words, cwd=pack, check=True, env=os.environ)
    clone.pulumi("stack", "init", "aws-lab")
    look = ("preview", "-s", "aws-lab", "--policy-pack", str(pack))
    said = clone.pulumi(*look).out
    assert "dockyard" in said.partition("Policies:")[2]
    text = (clone.root / "stacks" / "machines" / "aws.py").read_text(encoding="utf-8")
    broken = text.replace('"http_tokens": "required"', '"http_tokens": "optional"')
    (clone.root / "stacks" / "machines" / "aws.py").write_text(broken, encoding="utf-8")
    said = clone.pulumi(*look, code=1).out
    assert "metadata-by-token" in said
    assert "answers questions for metadata without a token" in said
