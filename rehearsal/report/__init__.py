"""What a rehearsal leaves for people: one HTML file without a network, and the same as JSON.

`timeline.py` reads the journal and the machines' marks, `page.py` draws.
"""
