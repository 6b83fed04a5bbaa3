"""Writes a W&B transaction log: wandb_run.py FILE STEPS_PER_SECOND SECONDS.

With 0 steps per second it writes SECONDS steps at once and ends the run. The log is LevelDB's log
format with a 7-byte header (`:W&B`, magic 0xBEE1, version 0), blocks of 32 KiB, CRC-32 per record.
"""

import random
import struct
import sys
import time
import zlib

from wandb.proto import wandb_internal_pb2 as pb

BLOCK = 32768
KEYS = [
    "train/loss", "train/lr", "train/grad_norm", "sys/throughput", "eval/loss",
    *(f"moe/e{i}" for i in range(8)),
]  # fmt: skip


class Log:
    def __init__(self, path: str) -> None:
        self.file = open(path, "wb", 1 << 16)  # noqa: SIM115 - closed by the writer
        self.file.write(struct.pack("<4sHB", b":W&B", 0xBEE1, 0))
        self.position = 7

    def piece(self, data: bytes, kind: int) -> None:
        check = zlib.crc32(data, zlib.crc32(bytes([kind]))) & 0xFFFFFFFF
        self.file.write(struct.pack("<IHB", check, len(data), kind) + data)
        self.position += 7 + len(data)

    def write(self, record: pb.Record) -> None:
        data = record.SerializeToString()
        left = BLOCK - self.position % BLOCK
        if left < 7:
            self.file.write(b"\0" * left)
            self.position += left
            left = BLOCK
        if len(data) + 7 <= left:
            self.piece(data, 1)
            return
        self.piece(data[: left - 7], 2)
        offset = left - 7
        while len(data) - offset > BLOCK - 7:
            self.piece(data[offset : offset + BLOCK - 7], 3)
            offset += BLOCK - 7
        self.piece(data[offset:], 4)


def history(step: int, chance: random.Random, began: float) -> pb.Record:
    record = pb.Record()
    record.num = step + 2
    for key in KEYS:
        item = record.history.item.add()
        item.nested_key.append(key)
        item.value_json = f"{1 / (1 + step / 1000) + chance.random() * 0.1:.6f}"
    extra = {"_step": step, "_runtime": time.time() - began, "_timestamp": time.time()}
    for key, value in extra.items():
        item = record.history.item.add()
        item.nested_key.append(key)
        item.value_json = str(value)
    record.history.step.num = step
    return record


def main() -> None:
    path, rate, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    log, chance, began = Log(path), random.Random(0), time.time()
    first = pb.Record()
    first.run.run_id, first.run.project, first.run.display_name = "bench", "bench", "bench"
    first.run.start_time.GetCurrentTime()
    first.num = 1
    log.write(first)
    for step in range(int(rate * seconds) if rate else int(seconds)):
        log.write(history(step, chance, began))
        if rate:
            log.file.flush()
            time.sleep(max(0.0, began + (step + 1) / rate - time.time()))
    if not rate:
        last = pb.Record()
        last.exit.exit_code = 0
        log.write(last)
    log.file.close()


main()
