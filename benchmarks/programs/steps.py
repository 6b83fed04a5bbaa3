"""A trainer with the hook: steps.py STEPS_PER_SECOND SECONDS TIMES PRINT."""

import array
import os
import sys
import time

from console.sdk import Link

rate, seconds, times, prints = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4]
link = Link(orders={"checkpoint": lambda _step: None, "validate": lambda _step: {"loss": 1.0}})
link.info(total_steps=int(rate * seconds), total_epochs=1, batches_per_epoch=int(rate * seconds))
boundaries = array.array("d")
logged = array.array("d")
began = time.monotonic()
step = 0
while step < rate * seconds:
    step += 1
    due = began + step / rate
    while (left := due - time.monotonic()) > 0:
        time.sleep(left)
    loss = 2.0 + step / 1e6
    if prints == "print":
        print(f"Epoch 1 | Batch {step} | Loss: {loss:.4f} | Expert-0: 0.021 | Expert-1: 0.025")
    logged.append(time.monotonic())
    link.log(
        step=step, loss=loss, learning_rate=1e-4, gradient_norm=0.8, throughput=2800.0 + step % 50,
        experts=[0.02] * 8, expert_share=[0.125] * 8, epoch=1, batch=step,
    )  # fmt: skip
    boundaries.append(time.monotonic())
    if link.boundary(step):
        break
for name, values in (("logged", logged), ("boundaries", boundaries)):
    with open(f"{times}.{name}.part", "wb") as file:
        values.tofile(file)
    os.rename(f"{times}.{name}.part", f"{times}.{name}")
link.close("finished")
