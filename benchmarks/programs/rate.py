"""Prints numbered lines at a rate and notes when each was written: rate.py RATE SECONDS TIMES."""

import array
import os
import sys
import time

rate, seconds, times = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
print("READY_TO_PRINT", flush=True)
while not os.path.exists(times + ".go"):
    time.sleep(0.002)
target = os.open(sys.argv[4], os.O_WRONLY | os.O_APPEND) if len(sys.argv) > 4 else 1
written = array.array("d")
began = time.monotonic()
for number in range(int(rate * seconds)):
    due = began + number / rate
    while (left := due - time.monotonic()) > 0:
        time.sleep(left)
    line = b"@%07d@ Epoch 1 | Batch %d | Loss: 0.0234 | Expert-0: 0.021\n" % (number, number)
    written.append(time.monotonic())
    os.write(target, line)
with open(times + ".part", "wb") as file:
    written.tofile(file)
os.rename(times + ".part", times)
time.sleep(3600 if target == 1 else 0)
