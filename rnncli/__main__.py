"""``python -m rnncli``."""

import os
import sys


def _forget_working_folder() -> None:
    """Python looks for modules in the current folder first: a file there is none of ours."""
    try:
        here = os.getcwd()
    except OSError:
        here = ""
    if not sys.flags.safe_path and sys.path[:1] in ([here], [""]):
        del sys.path[0]


if __name__ == "__main__":
    try:
        _forget_working_folder()
        from rnncli.cli import main

        main()
    except KeyboardInterrupt:
        # Before main looks out for it.
        os._exit(130)
