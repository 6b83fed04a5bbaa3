"""A small model with dropout trained by Lightning: OUT OPTIONS; losses go to OUT/losses.json.

Options: epochs, batches, delay, hook, accumulation, arguments (of the Trainer).
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import lightning
import torch
from torch.utils.data import DataLoader, TensorDataset

from console.sdk.lightning import GladiusCallback

OUT, OPTIONS = Path(sys.argv[1]), json.loads(sys.argv[2])
warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.manual_seed(0)
losses: list[tuple[int, float]] = []


class Module(lightning.LightningModule):
    """Learns which of two classes a row is of."""

    def __init__(self) -> None:
        super().__init__()
        self.net = torch.nn.Sequential(
            torch.nn.Linear(8, 32), torch.nn.ReLU(), torch.nn.Dropout(0.3), torch.nn.Linear(32, 2)
        )

    def _loss(self, batch: Any) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1])

    def training_step(self, batch: Any, index: int) -> torch.Tensor:
        loss = self._loss(batch)
        self.log("train_loss", loss)
        losses.append((len(losses) + 1, loss.item()))
        time.sleep(OPTIONS.get("delay", 0.0))
        return loss

    def validation_step(self, batch: Any, index: int) -> None:
        self.log("val_loss", self._loss(batch))

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.AdamW(self.parameters(), 1e-3, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 25, 0.5)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def loader(rows: int, shuffle: bool) -> Any:
    x = torch.randn(rows, 8, generator=torch.Generator().manual_seed(rows))
    return DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), 8, shuffle=shuffle)


given: dict[str, Any] = {
    "max_epochs": OPTIONS.get("epochs", 2), "accelerator": "cpu", "devices": 1, "logger": False,
    "limit_train_batches": OPTIONS.get("batches", 40), "enable_progress_bar": False,
    "accumulate_grad_batches": OPTIONS.get("accumulation", 1), "enable_model_summary": False,
    "default_root_dir": str(OUT), "gradient_clip_val": 1.0,
}  # fmt: skip
hooks = [GladiusCallback()] if OPTIONS.get("hook", True) else []
trainer = lightning.Trainer(callbacks=[*hooks], **(given | OPTIONS.get("arguments", {})))
trainer.fit(Module(), loader(400, shuffle=True), loader(64, shuffle=False))
if os.environ.get("LOCAL_RANK", "0") == "0":
    (OUT / "losses.json").write_text(json.dumps(losses))
errors = [hook.link.errors for hook in hooks]
rank = os.environ.get("LOCAL_RANK", "0")
print(f"rank {rank} ended at {trainer.global_step} errors {errors}", flush=True)
