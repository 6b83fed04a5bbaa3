"""A plain loop over several ranks with the hook: OUT OPTIONS.

Options: steps, delay, timeout (of the process group, s), slow_rank, failing_rank (its save fails),
late_rank (begins 4 s later), leaving_rank (closes its hook at step 20).
"""

from __future__ import annotations

import datetime
import json
import os
import sys
import time

import torch
import torch.distributed as dist

from console.sdk import Link

OPTIONS = json.loads(sys.argv[2])
RANK = int(os.environ["RANK"])
torch.set_num_threads(1)
torch.manual_seed(0)
dist.init_process_group("gloo", timeout=datetime.timedelta(seconds=OPTIONS.get("timeout", 60)))
model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(16, 16))
optimizer = torch.optim.SGD(model.parameters(), 0.1)


def save(step: int) -> str:
    dist.barrier()
    if OPTIONS.get("failing_rank") == RANK:
        raise OSError(28, "No space left on device")
    return f"/nowhere/{step}"


def validate(step: int) -> dict[str, float]:
    total = torch.ones(1)
    dist.all_reduce(total)
    return {"loss": total.item()}


def set_rate(value: float) -> None:
    optimizer.param_groups[0]["lr"] = value


if OPTIONS.get("late_rank") == RANK:
    time.sleep(4)
link = Link(
    {"checkpoint": save, "validate": validate},
    {"learning_rate": {"type": "float", "value": 0.1, "set": set_rate}},
    distributed=True,
)
looking, looks, began = 0.0, 0, time.perf_counter()
for step in range(1, OPTIONS.get("steps", 10_000) + 1):
    loss = model(torch.randn(4, 16)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    time.sleep(OPTIONS.get("delay", 0.005))
    if OPTIONS.get("slow_rank") == RANK:
        time.sleep(0.05)
    link.log(step=step, loss=loss.item())
    before = time.perf_counter()
    left = link.boundary(step)
    looking += time.perf_counter() - before
    looks += link._ranks is not None and link._ranks._steps_left == link._ranks.every
    if left:
        break
    if step == 20 and OPTIONS.get("leaving_rank") == RANK:
        link.close()
rate = optimizer.param_groups[0]["lr"]
share = looking / (time.perf_counter() - began)
print(
    f"rank {RANK} left at {step} rate {rate} looked {looks} times {share:.4f} errors {link.errors}",
    flush=True,
)
link.close()
dist.destroy_process_group()
