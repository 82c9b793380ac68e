"""The rules that every lab must satisfy: pure functions over what a program asks of its cloud.

`rules.py` knows no Pulumi: the tests run it on every stack, `dockyard plan --diff` on what would
be made, and `pack/` is the same as a policy pack: `pulumi preview --policy-pack policy/pack`.
"""
