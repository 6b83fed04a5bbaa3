"""Lines as a mixture-of-experts trainer prints them, by a seed."""

from __future__ import annotations

import random

EXPERTS = 8
BLUE, YELLOW, GREEN, RED, OFF = "\x1b[34m", "\x1b[33m", "\x1b[32m", "\x1b[31m", "\x1b[0m"
END = "~" * 16
"""The last line. No other has this sign: a screen that writes changed cells writes all of it."""


def lines(count: int, seed: int = 1) -> bytes:
    """`count` lines; the last one says END."""
    chance = random.Random(seed)
    out: list[str] = []
    batch = 0
    while len(out) < count - 1:
        batch += 1
        out += _batch(chance, batch)
    return ("\n".join([*out[: count - 1], END]) + "\n").encode()


def _batch(chance: random.Random, batch: int) -> list[str]:
    experts = " | ".join(f"Expert-{i}: {chance.uniform(0.01, 0.03):.3f}" for i in range(EXPERTS))
    made = [
        f"Epoch 1 | Batch {batch} | Loss: {chance.uniform(0.01, 0.2):.4f} | {experts}",
        f"Throughput: {chance.randint(2500, 3100):,} tokens/sec | "
        f"Memory: {chance.uniform(130, 150):.1f}GB/160GB | Temp: 67°C/{chance.randint(60, 79)}°C",
    ]
    if batch % 2 == 0:
        full = batch % 56
        made.append(f"{'▓' * full}{'░' * (56 - full)} {batch % 1000 / 10:.1f}% complete")
    if batch % 3 == 0:
        shares = " ".join(f"E{i}:{chance.randint(8, 16)}%" for i in range(EXPERTS))
        made.append(f"{BLUE}[INFO]{OFF} Expert routing distribution: {shares}")
    if batch % 5 == 0:
        made.append(
            f"{BLUE}[INFO]{OFF} Learning rate: {chance.uniform(1e-5, 2e-5):.2e} (cosine schedule)"
        )
    if batch % 7 == 0:
        made.append(
            f"{YELLOW}[WARN]{OFF} Expert-4 load imbalance detected ({batch % 8 + 4}% utilization)"
        )
    if batch % 50 == 0:
        made.append(f"{GREEN}[SUCCESS]{OFF} Checkpoint saved: checkpoints/batch_{batch}.npz")
    if batch % 997 == 0:
        made.append(f"{RED}[ERROR]{OFF} gradient overflow in expert {batch % 8}")
    return made
