"""Run `go` in a module of ours with the toolchain that builds it: scripts.go FOLDER ARGUMENTS."""

import asyncio
import os
import sys

from network.golang.toolchain import REPOSITORY, find_toolchain, go_environment, needed_version
from scripts.fault import tell
from weftwork.errors import WeftworkError


def main() -> None:
    """Become `go`, or say why there is none."""
    folder, *arguments = sys.argv[1:]
    module = REPOSITORY / folder
    try:
        go = asyncio.run(find_toolchain(needed_version(module))).go
    except WeftworkError as error:
        sys.exit(tell(error))
    os.chdir(module)
    os.execve(go, [str(go), *arguments], go_environment())  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main()
