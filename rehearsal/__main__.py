import sys

from rehearsal.serve import main

sys.exit(main(sys.argv[1:]))
