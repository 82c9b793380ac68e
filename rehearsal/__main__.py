import sys

words = sys.argv[1:]
if words[:1] == ["serve"]:
    from rehearsal.serve import main
else:
    from rehearsal.stage.commands import main

sys.exit(main(words))
