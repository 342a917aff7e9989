import sys

from hop_tf.cli import main

sys.exit(main())
