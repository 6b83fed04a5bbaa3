"""The keeper owns the trainer: it starts it, keeps every byte it prints, and records how it ended.

Standard library only, and nothing of this package outside this room, because its two processes
outlive everything else of ours:

- ``guard`` (guard.py): parent of the trainer; waits for it, writes ``exit.json``, restarts the pump
  and the backend;
- ``pump`` (pump.py): moves the trainer's output into ``output.*.log`` and replaces a dead guard.

Facts on disk: rundir.py (names), slot.py and record.py (checksummed records), lock.py, fifo.py,
identity.py (who is who), start.py (what others call). A new file of the run directory gets its
name in rundir.py; a new duty with a clock belongs into ``Guard.tick``.
"""
