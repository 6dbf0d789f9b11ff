"""What the server's first process has loaded stays shared with its worker, which it forks.

The garbage collector writes to every object that it looks at, and a page that is written to is copied: without this, an
instance would hold a second copy of most of what it imports.
"""

import functools
import gc
import os


def _settle() -> None:
    """Collect what imports left behind, and let the collector look at the rest no more."""
    gc.collect()
    gc.freeze()


@functools.cache
def keep_memory_shared() -> None:
    """Settle memory before each fork of this process from now on."""
    os.register_at_fork(before=_settle)
