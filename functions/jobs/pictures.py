"""Removes pictures that no account shows: replaced ones, those of closed accounts, uploads that were never used."""

from functions.jobs.runs import Run
from lib import db
from lib.errors import Unavailable
from lib.pictures.records import begin_removing, delete_picture
from lib.pictures.storage import storage

MOST_IN_A_RUN = 500


def remove_pictures() -> dict[str, object]:
    """Remove the files, then their rows, until none is due or the run is over. Where one fails, the others go on."""
    run = Run()
    for name in begin_removing(MOST_IN_A_RUN):
        if run.is_over():
            break
        try:
            # A second time it does nothing: a run that died in between is made good by the next one.
            storage().remove(name)
        except Unavailable:
            run.outcomes["deferred"] += 1
            continue
        delete_picture(name)
        run.outcomes["removed"] += 1
    return run.summary(db.read.value(int, "select count(*) from pictures where remove_at <= now()"))
