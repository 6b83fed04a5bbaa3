"""Lines of known trainers beyond the captures, and what they say: other releases, evaluations,
checkpoints, oddities."""

from __future__ import annotations

from math import inf, nan

from console.core.formats import Evaluated, Found, Measured, Saved, Total

TITAN = "[rank0]:[titan] 2026-03-01 09:00:01,123 - root - INFO - "
MAXTEXT = "I0706 16:50:26.2 140 metric_logger.py:214] "
FAIRSEQ = "2026-03-01 09:00:01 | INFO | "
GIB = 2.0**30


def m(step: int | None, /, epoch: float | None = None, batch: int | None = None, **values: float):
    """Values of a moment."""
    return Measured(0, step, epoch, batch, values)


def v(step: int | None, /, **values: float) -> Evaluated:
    """The result of a validation."""
    return Evaluated(0, "validation", values, step)


NANOGPT: dict[str, list[Found]] = {
    "iter 0: loss 10.9, time 81.0ms, mfu -100.00%": [m(0, loss=10.9, step_seconds=0.081)],
    "iter 5: loss nan, time 81.0ms, mfu 3.00%": [m(5, loss=nan, step_seconds=0.081, mfu=3.0)],
    "step 0: train loss 4.2874, val loss 4.2823": [v(0, loss=4.2823, train_loss=4.2874)],
}
NANOCHAT: dict[str, list[Found]] = {
    "step 00150/05000 (3.00%) | loss: 2.090874 | lrm: 1.00 | dt: 14.52ms | tok/sec: 1,035,261 | "
    "bf16_mfu: 41.23 | epoch: 1 pq: 0 rg: 3 | total time: 0.04m | eta: 10.0m": [
        Total(0, "total_steps", 5000),
        m(
            150, 1.0, loss=2.090874, learning_rate_multiplier=1.0, step_seconds=0.01452,
            throughput=1035261.0, mfu=41.23,
        ),
    ],
    "step 00012 (1.25%) | loss: 1.500000 | lrm: 0.50 | dt: 10.00ms | tok/sec: 999 | mfu: 1.00 | "
    "epoch: 2 | total time: 0.04m": [
        m(
            12, 2.0, loss=1.5, learning_rate_multiplier=0.5, step_seconds=0.01, throughput=999.0,
            mfu=1.0,
        )
    ],
    "Step 00150 | Validation bpb: 2.850123": [v(150, bits_per_byte=2.850123)],
    "Step 00150 | CORE metric: 0.1234": [m(150, core_metric=0.1234)],
    "Step 3/100 | Average reward: 0.25 | Average sequence length: 120.50": [
        m(3, reward=0.25, sequence_length=120.5)
    ],
}  # fmt: skip
LLM_C: dict[str, list[Found]] = {
    "step    1/19560 | loss 10.955029 (+nanz)| norm 15.3503 (+nanz)| lr 4.29e-07 | 3064.29 ms | "
    "-100.0% bf16 MFU | 171098 tok/s": [
        Total(0, "total_steps", 19560),
        m(
            1, loss=10.955029, loss_z=nan, gradient_norm=15.3503, gradient_norm_z=nan,
            learning_rate=4.29e-7, step_seconds=3.06429, throughput=171098.0,
        ),
    ],
    "val loss inf": [v(None, loss=inf)],
    "HellaSwag: 2500/10042 = 0.248954": [m(None, hellaswag_accuracy=0.248954)],
}  # fmt: skip
MEGATRON: dict[str, list[Found]] = {
    " iteration      100/  500000 | consumed samples:        51200 | elapsed time per iteration "
    "(ms): 606.5 | learning rate: 1.500E-04 | global batch size:   512 | lm loss: 8.1E+00 | "
    "z_loss: 0.01 | seq_load_balancing_loss: 1.25 | loss scale: 1.0 | grad norm: 1.0 | "
    "num zeros: 7.0 | params norm: 5.5 | number of skipped iterations:   1 | "
    "number of nan iterations:   0 |": [
        Total(0, "total_steps", 500000),
        m(
            100, samples=51200.0, step_seconds=0.6065, learning_rate=1.5e-4, loss=8.1, z_loss=0.01,
            seq_load_balancing_loss=1.25, loss_scale=1.0, gradient_norm=1.0, zero_gradients=7.0,
            parameter_norm=5.5, skipped_iterations=1.0, nan_iterations=0.0, aux_loss=1.25,
        ),
    ],
    " validation loss at iteration 1000 on validation set | lm loss value: 2.5E+00 | lm loss PPL: "
    "1.2E+01 | ": [v(1000, loss=2.5, perplexity=12.0)],
    " validation loss at iteration 1000 on test set | lm loss value: 2.5E+00 | lm loss PPL: "
    "1.2E+01 | ": [Evaluated(0, "test", {"loss": 2.5, "perplexity": 12.0}, 1000)],
    "  [2026-03-01 09:00:00.000000] successfully saved checkpoint from iteration     150 to "
    "/ckpt/my run [ t 1/2, p 1/1 ]": [Saved(0, "/ckpt/my run", 150)],
    "  successfully saved checkpoint at iteration    1500 to checkpoints": [
        Saved(0, "checkpoints", 1500)
    ],
}  # fmt: skip
NEMO: dict[str, list[Found]] = {
    "Training epoch 1, iteration 50/99 | lr: 5E-05 | global_batch_size: 8 | global_step: 50 | "
    "reduced_train_loss: 2.5 | train_step_timing in s: 0.5 | consumed_samples: 408 | val_loss: "
    "2.75": [
        Total(0, "total_steps", 99),
        v(50, loss=2.75),
        m(50, 1.0, learning_rate=5e-5, loss=2.5, step_seconds=0.5, samples=408.0),
    ],
}
TORCHTITAN: dict[str, list[Found]] = {
    TITAN + "step:  1  loss:  8.2503  memory: 10.00GiB(20.50%)  wps: 1,035,261  mfu: 41.23%": [
        m(
            1, loss=8.2503, memory_bytes=10 * GIB, throughput=1035261.0, mfu=41.23,
            memory_percent=20.5,
        )
    ],
    TITAN + "step: 12  loss:      nan  grad_norm:     inf  memory:  1.00GiB(2.00%)  tps: 9  "
    "tflops: 1,612.34  mfu: N/A": [
        m(
            12, loss=nan, gradient_norm=inf, memory_bytes=GIB, throughput=9.0, tflops=1612.34,
            memory_percent=2.0,
        )
    ],
    TITAN + "validate step: 20  loss:  7.1000  memory:  1.00GiB(2.00%)  tps: 1,234": [
        v(20, loss=7.1, memory_bytes=GIB, throughput=1234.0, memory_percent=2.0)
    ],
}  # fmt: skip
TORCHTUNE: dict[str, list[Found]] = {
    "Step 150 | loss:2.014250755 lr:0.003 tokens_per_second_per_gpu:35261.5 grad_norm:1.25 "
    "peak_memory_active:1.5 peak_memory_alloc:1.25 peak_memory_reserved:2.0 ": [
        m(
            150, loss=2.014250755, learning_rate=0.003, throughput=35261.5, gradient_norm=1.25,
            memory_bytes=1.5 * GIB, memory_allocated_bytes=1.25 * GIB,
            memory_reserved_bytes=2 * GIB,
        )
    ],
    "Step 7 | val_loss:2.5 ": [v(7, loss=2.5)],
    "Step 8 | loss:tensor(2.5) rewards/chosen:-1.5e-05 ": [
        Measured(0, 8, values={"loss": 2.5, "rewards/chosen": -1.5e-5})
    ],
}  # fmt: skip
MAXTEXT_LINES: dict[str, list[Found]] = {
    MAXTEXT + "completed step: 1, seconds: 0.570, TFLOP/s/device: 37.633, Tokens/s/device: "
    "7185.042, total_weights: 5480, loss: 10.693, lm_loss: 10.683, perplexity: 43600.123, "
    "moe_lb_loss: 0.010000": [
        m(
            1, step_seconds=0.57, tflops=37.633, throughput=7185.042, total_weights=5480.0,
            loss=10.693, lm_loss=10.683, perplexity=43600.123, aux_loss=0.01,
        )
    ],
    "completed profiler activation/deactivation step: 6, total_weights: 5480, loss: 1.500": [
        m(6, total_weights=5480.0, loss=1.5)
    ],
    MAXTEXT + "Completed eval after train step 10, loss=8.900, perplexity=7331.900, "
    "total_weights=900.0, avg_z_loss=0.000, avg_moe_lb_loss=0.012": [
        v(10, loss=8.9, perplexity=7331.9, total_weights=900.0, z_loss=0.0, aux_loss=0.012)
    ],
    "Completed eval step: 3, seconds: 0.100, running loss=8.900": [],
    "Config param steps: 150": [Total(0, "total_steps", 150)],
}  # fmt: skip
FAIRSEQ_LINES: dict[str, list[Found]] = {
    FAIRSEQ + "train_inner | epoch 001:    150 / 900 loss=2, ppl=4, wps=35261, num_updates=150, "
    "lr=5E-05, gnorm=1.011, loss_scale=128": [
        Total(0, "batches_per_epoch", 900),
        m(
            150, 1.0, 150, loss=1.3863, perplexity=4.0, throughput=35261.0, learning_rate=5e-5,
            gradient_norm=1.011, loss_scale=128.0, loss_bits=2.0,
        ),
    ],
    FAIRSEQ + 'train_inner | {"epoch": 1, "update": 0.167, "loss": "2", "nll_loss": "1.5", '
    '"ppl": "2.83", "wps": "35261", "num_updates": "150", "lr": "0.003", "gnorm": "1.011"}': [
        m(
            150, 1.0, loss=1.3863, nll_loss=1.0397, perplexity=2.83, throughput=35261.0,
            learning_rate=0.003, gradient_norm=1.011, loss_bits=2.0, nll_loss_bits=1.5,
        )
    ],
    FAIRSEQ + "valid | epoch 001 | valid on 'valid' subset | loss 2 | ppl 4 | wps 9 | wpb 5 | "
    "bsz 1 | num_updates 150 | best_loss 2": [
        v(150, loss=1.3863, perplexity=4.0, loss_bits=2.0)
    ],
    "| epoch 019 | valid on 'valid' subset | valid_loss 2 | valid_ppl 4 | num_updates 150 | "
    "best 1": [
        v(150, loss=1.3863, perplexity=4.0, loss_bits=2.0)
    ],
    FAIRSEQ + 'valid | {"epoch": 1, "valid_loss": "2", "valid_ppl": "4", "valid_num_updates": '
    '"150"}': [v(150, loss=1.3863, perplexity=4.0, loss_bits=2.0)],
    FAIRSEQ + "train | epoch 001 | loss 2 | ppl 4 | num_updates 150 | lr 0.003": [
        m(150, epoch_loss=1.3863, epoch_loss_bits=2.0)
    ],
    FAIRSEQ + "train_inner | epoch 001:    150 / 900 loss=2, ppl=7.39, num_updates=150": [
        Total(0, "batches_per_epoch", 900),
        m(150, 1.0, 150, loss=2.0, perplexity=7.39),
    ],
    FAIRSEQ + "fairseq.checkpoint_utils | Saved checkpoint ckpt/checkpoint1.pt (epoch 1 @ 150 "
    "updates, score 2.1) (writing took 1.2 seconds)": [Saved(0, "ckpt/checkpoint1.pt", 150)],
}  # fmt: skip
OPEN_CLIP: dict[str, list[Found]] = {
    "2026-03-01,09:00:01 | INFO | Eval Epoch: 2 imagenet-zeroshot-val-top1: 0.6012\t"
    "clip_val_loss: 1.2500\tepoch: 2.0000\tnum_samples: 1000.0000": [
        Evaluated(0, "validation", {
            "imagenet_zeroshot_val_top1": 0.6012, "clip_val_loss": 1.25, "loss": 1.25,
            "accuracy": 0.6012,
        })
    ],
    "Eval Epoch: 1 [128 / 1000]\tClip Loss: 1.250000\t": [],
}  # fmt: skip
TIMM: dict[str, list[Found]] = {
    "Train: 2 [ 149/150 (100%)]  Loss: 2.01 (2.09)  Time: 0.015s,  550.95/s  (0.020s,  400.00/s)  "
    "LR: 3.000e-03  Data: 0.011 (0.012)": [
        Total(0, "batches_per_epoch", 150),
        m(
            449, 2.0, 149, loss=2.01, loss_average=2.09, step_seconds=0.015, learning_rate=0.003,
            data_seconds=0.011, samples_per_second=550.95,
        ),
    ],
    "Test: [  10/20]  Time: 0.123 (0.125)  Loss:   1.234 ( 1.250)  Acc@1:  76.562 ( 75.000)  "
    "Acc@5:  93.750 ( 92.500)": [],
    "Test: [  20/20]  Time: 0.123 (0.125)  Loss:   1.234 ( 1.250)  Acc@1:  76.562 ( 75.000)  "
    "Acc@5:  93.750 ( 92.500)": [v(None, loss=1.25, accuracy=0.75, accuracy_top5=0.925)],
    "Test (EMA): [  20/20]  Time: 0.123 (0.125)  Loss:   1.234 ( 1.250)": [v(None, ema_loss=1.25)],
    "Scheduled epochs: 310 (epochs + cooldown_epochs). LR stepped per epoch.": [
        Total(0, "total_epochs", 310)
    ],
}  # fmt: skip
MLX: dict[str, list[Found]] = {
    "Starting training..., iters: 600": [Total(0, "total_steps", 600)],
    "Iter 1: Val loss 2.625, Val took 1.51s": [v(1, loss=2.625, seconds=1.51)],
    "Iter 150: Train loss 2.014, Learning Rate 3.000e-03, It/sec 1.500, Tokens/sec 352.610, "
    "Trained Tokens 76800, Peak mem 12.340 GB": [
        m(
            150, loss=2.014, learning_rate=0.003, steps_per_second=1.5, throughput=352.61,
            trained_tokens=76800.0, memory_bytes=12.34e9,
        )
    ],
    "Iter 100: Saved adapter weights to adapters/adapters.safetensors and adapters/0000100.x.": [
        Saved(0, "adapters/adapters.safetensors", 100)
    ],
}  # fmt: skip
DEEPSPEED: dict[str, list[Found]] = {
    "[2026-03-01 09:00:01,001] [INFO] [logging.py:107:log_dist] [Rank 0] step=10, skipped=2, "
    "lr=[3e-05, 6e-05], mom=[(0.9, 0.95), (0.9, 0.95)]": [
        m(10, skipped_iterations=2.0, learning_rate=3e-5)
    ],
    "epoch=1/micro_step=20/global_step=10, RunningAvgSamplesPerSec=427.5, CurrSamplesPerSec=4.5, "
    "MemAllocated=12.5GB, MaxMemAllocated=33.0GB": [
        m(
            10, 1.0, samples_per_second_average=427.5, samples_per_second=4.5,
            memory_bytes=12.5 * GIB, memory_peak_bytes=33 * GIB,
        )
    ],
}  # fmt: skip
XGBOOST: dict[str, list[Found]] = {
    "[3]\tvalidation_0-mlogloss:1.05\tvalidation_1-mlogloss:1.10": [
        Measured(0, 3, values={}),
        Evaluated(0, "validation", {"mlogloss": 1.05, "loss": 1.05,
                                    "validation_1/mlogloss": 1.10}, 3),
    ],
    "[5]\ttrain-rmse:0.50000+0.01\ttest-rmse:0.75000+0.02": [
        m(5, rmse=0.5, loss=0.5),
        Evaluated(0, "test", {"rmse": 0.75, "loss": 0.75}, 5),
    ],
    "[7]\ttrain-auc:nan": [m(7, auc=nan)],
}  # fmt: skip
LIGHTGBM: dict[str, list[Found]] = {
    "[99]\ttraining's binary_logloss: 0.163826\ttraining's auc: 0.999325\t"
    "valid_1's binary_logloss: 0.432468": [
        m(99, binary_logloss=0.163826, auc=0.999325, loss=0.163826),
        v(99, binary_logloss=0.432468, loss=0.432468),
    ],
    "[200]\tcv_agg's valid l2: 0.395391 + 8.73085e-06": [
        Measured(0, 200, values={}),
        Evaluated(0, "validation", {"l2": 0.395391, "loss": 0.395391}, 200),
    ],
}

LINES = {
    name: (format, expected)
    for format, lines in {
        "nanogpt": NANOGPT, "nanochat": NANOCHAT, "llm.c": LLM_C, "megatron": MEGATRON,
        "nemo": NEMO, "torchtitan": TORCHTITAN, "torchtune": TORCHTUNE, "maxtext": MAXTEXT_LINES,
        "fairseq": FAIRSEQ_LINES, "open_clip": OPEN_CLIP, "timm": TIMM, "mlx-lm": MLX,
        "deepspeed": DEEPSPEED, "xgboost": XGBOOST, "lightgbm": LIGHTGBM,
    }.items()
    for name, expected in lines.items()
}  # fmt: skip
