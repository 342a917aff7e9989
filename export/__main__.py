import sys

from hop_tf.cli.export import main

sys.exit(main())
