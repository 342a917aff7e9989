import sys

from hop_tf.cli.command_line import main

sys.exit(main())
