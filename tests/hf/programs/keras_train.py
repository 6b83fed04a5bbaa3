"""A small model with dropout trained by Keras on torch: OUT OPTIONS; losses go to OUT/losses.json.

Options: epochs, delay, hook.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from console.sdk.keras import GladiusCallback

OUT, OPTIONS = Path(sys.argv[1]), json.loads(sys.argv[2])
keras.utils.set_random_seed(0)
losses: list[tuple[int, float]] = []


class Slow(keras.callbacks.Callback):
    """Takes its time and keeps the losses."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        losses.append((len(losses) + 1, float(logs["loss"])))
        time.sleep(OPTIONS.get("delay", 0.0))


x = np.random.default_rng(0).normal(size=(320, 8)).astype("float32")
y = (x[:, 0] > 0).astype("int32")
model = keras.Sequential(
    [keras.layers.Dense(32, "relu"), keras.layers.Dropout(0.3), keras.layers.Dense(2)]
)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
hook = GladiusCallback((x[:64], y[:64]), folder=str(OUT / "checkpoints"))
hooks = [hook] if OPTIONS.get("hook", True) else []
data = {"epochs": OPTIONS.get("epochs", 2), "batch_size": 8, "validation_data": (x[:64], y[:64])}
model.fit(x, y, verbose=0, callbacks=[Slow(), *hooks], **data)
(OUT / "losses.json").write_text(json.dumps(losses))
if hooks:
    print(f"errors {hook.link.errors} rate {float(model.optimizer.learning_rate)}", flush=True)
