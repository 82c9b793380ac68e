"""Labs found and removed without any state: by what the clouds themselves say carries their tags.

things.py is what is found, clouds/ how one cloud is looked at and how it deletes, sweeping.py how
all is deleted in order, asked again and judged, accounts.py which accounts may be swept at all.
"""
