"""The built-in trainers. One thread, as they have it; numpy looks when it is first imported."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
