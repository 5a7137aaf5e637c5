"""Run the program."""

import sys

from aelib.distributed.program import main

sys.exit(main())
