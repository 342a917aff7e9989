import sys

from hop_tf.cli.app import main

sys.exit(main(["benchmark", *sys.argv[1:]]))
