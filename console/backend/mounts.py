"""Whether a path lies on a network file system, where SQLite's write-ahead log does not work."""

from __future__ import annotations

import os
from pathlib import Path

NETWORK = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "lustre", "9p"),
        *("glusterfs", "gpfs", "beegfs", "pvfs2", "orangefs", "fuse.sshfs", "fuse.glusterfs"),
    }
)
"""File system types as the kernel names them."""


def is_network(path: Path, table: Path = Path("/proc/mounts")) -> bool:
    """Looks for the mount `path` is on. False where the system has no such table."""
    try:
        lines = table.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    real, best, kind = os.path.realpath(path), "", ""
    for line in lines:
        _device, point, found, *_ = [*line.split(" "), "", "", ""]
        point = point.replace("\\040", " ").rstrip("/")
        if len(point) >= len(best) and (real == point or real.startswith(point + "/")):
            best, kind = point, found
    return kind in NETWORK
