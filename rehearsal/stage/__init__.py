"""A lab rehearsed: `dockyard rehearse STACK`, from a private folder to a report.

`folder.py` is the folder, `keeper.py` the process that plays the cloud, `run.py` sets the stage,
`day.py` is the straight line through a lab's day, `commands.py` what a person types.
"""
