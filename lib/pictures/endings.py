"""How the process that decodes a picture ends, as it and the one who starts it both know."""

from enum import IntEnum


class Ending(IntEnum):
    """The process's exit status. Any other one is an error of the decoder's, or a limit that it ran into."""

    DRAWN = 0
    NO_PICTURE = 10
    TOO_LARGE = 11
