import sys

from hop_tf.cli.app import main

sys.exit(main(["data", *sys.argv[1:]]))
