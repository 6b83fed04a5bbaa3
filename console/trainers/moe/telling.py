"""What is told of a step, in print and through the hook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.trainers.moe.tally import Tally
    from console.trainers.moe.train import Trainer


@dataclass(slots=True)
class Position:
    """How far the training is. `step`, `samples`: since the very start; `consumed`: this epoch."""

    step: int = 0
    epoch: int = 0
    consumed: int = 0
    samples: int = 0


def tell(trainer: Trainer, tally: Tally, rate: float, norm: float, seconds: float) -> None:
    """Prints and reports a step that was made."""
    position, settings, report = trainer.position, trainer.settings, trainer.report
    epoch, batch = position.epoch + 1, position.consumed // settings.samples_per_step
    speed = settings.samples_per_step * settings.max_length / seconds
    experts, shares = tally.experts, tally.shares
    trainer.link.log(
        step=position.step, epoch=epoch, batch=batch, experts=experts, expert_share=shares,
        loss=tally.loss, learning_rate=rate, gradient_norm=norm, throughput=speed,
        weight_decay=trainer.tuning.weight_decay, aux_loss=tally.balance,
        samples=position.samples, step_seconds=seconds,
    )  # fmt: skip
    report.step(epoch, batch, tally.loss, experts)
    report.speed(speed)
    last = position.step == trainer.total_steps
    if last or position.step % settings.program.progress_every == 0:
        report.progress(position.step / trainer.total_steps)
    if position.step % settings.program.details_every == 0:
        times = trainer.tuning.accumulation(settings)
        report.details(shares, rate, settings.schedule, times)
    report.imbalance(position.step, shares)
