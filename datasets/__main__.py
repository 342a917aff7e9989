import sys

from hop_tf.cli.data import main

sys.exit(main())
