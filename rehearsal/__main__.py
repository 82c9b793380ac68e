import importlib
import sys

words = sys.argv[1:]
room = "rehearsal.serve" if words[:1] == ["serve"] else "rehearsal.stage.commands"
sys.exit(importlib.import_module(room).main(words))
