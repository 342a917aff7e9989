import sys

from hop_tf.cli.app import main

sys.exit(main(["export", *sys.argv[1:]]))
