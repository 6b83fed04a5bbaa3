"""Where the readings of GPUs come from, one module a source.

They run in the expendable process of `backend/gpu.py` only. To add one: a class with the form of
`source.Source`, and a row in `gpu.SOURCES`.
"""
