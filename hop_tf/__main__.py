import sys

from hop_tf.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
