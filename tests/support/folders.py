"""Folders for servers' data. They are outside of pytest's folders, which other users can't read.

If root starts a server, it runs as another user.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def common_folder() -> Path:
    """The folder that all runs of this user on this machine share."""
    folder = Path(tempfile.gettempdir()) / f"altayarvip-test-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    return folder


@contextlib.contextmanager
def server_folder() -> Iterator[Path]:
    """A new folder for a server's data, which is removed at the end."""
    # Where the embedded server has its lock file, which it opens once more as the process ends.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(common_folder()))
    with tempfile.TemporaryDirectory(prefix="altayarvip-server-") as folder:
        yield Path(folder) / "postgres"
