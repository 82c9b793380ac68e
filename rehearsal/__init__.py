"""Stand-in clouds: a lab is tried on the real engine before it costs money.

`pulumi up` runs unchanged. The engine is told by PULUMI_DEBUG_PROVIDERS to talk to the servers
in here instead of the plugins of AWS, Azure or Google (`serve.py`), and these are as strict as
the clouds: they refuse what the SDK's own types do not know (`schema.py`) and what the cloud
would refuse (`clouds/`), replace what the cloud cannot change, compute what it computes, and
remember what was made in an inventory that outlives the engine (`inventory.py`), so that what is
left behind can be seen. What goes wrong can be planned (`faults.py`).

What a stand-in does not know it refuses loudly, and names the file to extend. A kind of resource
is some ten lines in the language of `kinds.py`.
"""
