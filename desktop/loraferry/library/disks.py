"""Tells network disks from local ones, because SQLite's write-ahead log needs memory shared on one machine."""

import re
from pathlib import Path
from typing import Literal

Disk = Literal["local", "network", "unknown"]
_NETWORK = re.compile(
    r"^(nfs\d*|cifs|smb\w*|afs|9p|ceph|lustre|glusterfs|fuse\.(sshfs|s3fs|rclone|gcsfuse|juicefs).*)$"
)
_ESCAPE = re.compile(r"\\([0-7]{3})")


def disk_of(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> Disk:
    """What kind of disk `folder` lies on; `unknown` where the system does not say (no Linux mount table)."""
    if str(folder).startswith(("\\\\", "//")):
        return "network"
    try:
        table = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return "unknown"
    kind = filesystem_of(folder.resolve(), table)
    if kind is None:
        return "unknown"
    return "network" if _NETWORK.match(kind) else "local"


def filesystem_of(folder: Path, table: str) -> str | None:
    """The type of the filesystem that holds `folder`, by a mount table in the format of fstab(5)."""
    best, kind = -1, None
    for line in table.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(_ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[1]))
        # Later mounts cover earlier ones at the same place.
        if (folder == point or point in folder.parents) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind
