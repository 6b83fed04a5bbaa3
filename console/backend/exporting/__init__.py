"""Writes a run into a folder that is there whole or not at all.

`frozen.py` is the run at one commit, `writers.py` what is written of it, `folder.py` the folder,
`place.py` where it may go, `exporter.py` joins them.
"""
