"""Run a command that serves a page, on a free port, until the page is there, then end it.

python tests/helpers/until_served.py COMMAND...
"""

import re
import socket
import subprocess
import sys
import urllib.request

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
with subprocess.Popen([*sys.argv[1:], "--port", str(port)], stdout=subprocess.PIPE, text=True) as server:
    addresses = (re.search(r"http://\S+", line) for line in server.stdout)
    address = next(filter(None, addresses), None)
    if address:
        print(address[0], urllib.request.urlopen(address[0]).status)
        server.terminate()
        server.communicate()
sys.exit(server.returncode or not address)
