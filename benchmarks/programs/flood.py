"""Prints a file as fast as it can once told to: flood.py FILE GO DONE [wait]."""

import os
import sys
import time

source, go, done = sys.argv[1:4]
data = memoryview(open(source, "rb").read())  # noqa: SIM115 - lives as long as the program
print("READY_TO_FLOOD", flush=True)
while not os.path.exists(go):
    time.sleep(0.002)
began = time.monotonic()
position = 0
while position < len(data):
    position += os.write(1, data[position : position + 65536])
ended = time.monotonic()
with open(done + ".part", "w") as file:
    file.write(f"{began} {ended}")
os.rename(done + ".part", done)
time.sleep(float(sys.argv[4]) if len(sys.argv) > 4 else 0)
