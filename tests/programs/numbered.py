"""T: prints numbered lines in bursts and reports steps until told to end: numbered.py END COUNT.

When END exists it prints the rest of its burst, writes the number of lines and of steps to COUNT,
and exits with code 7. Its line number n is `line(n)`; a step is reported for each burst.
"""

import os
import sys
import time

from console.sdk import Link

BURST = 2000
BURSTS_PER_SECOND = 10


def line(number: int) -> bytes:
    return b"%08d %s\n" % (number, b"x" * (20 + number % 60))


def loss(step: int) -> float:
    return 1.0 + step / 1024


def main() -> None:
    end, count = sys.argv[1:3]
    link = Link(orders={"checkpoint": lambda step: {"saved": step}})
    printed = step = 0
    while not os.path.exists(end):
        data = b"".join(line(printed + offset) for offset in range(BURST))
        position = 0
        while position < len(data):
            position += os.write(1, data[position : position + 8192])
        printed += BURST
        step += 1
        link.log(step=step, loss=loss(step))
        if link.boundary(step):
            break
        time.sleep(1 / BURSTS_PER_SECOND)
    with open(count + ".part", "w") as file:
        file.write(f"{printed} {step}")
    os.rename(count + ".part", count)
    link.close("finished")
    sys.exit(7)


if __name__ == "__main__":
    main()
