import sys

from experiments.command_line import main

sys.exit(main())
