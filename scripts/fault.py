"""What a script of ours says of a failure, and the exit code that it ends with."""

import sys

from network.golang.toolchain import REPOSITORY
from weftwork.errors import EnvironmentFaultError, WeftworkError


def tell(error: WeftworkError | OSError) -> int:
    """Print one line on stderr; the exit code of the error's class."""
    if isinstance(error, OSError):
        error = EnvironmentFaultError.of(error, REPOSITORY)
    print(f"error: {error}", file=sys.stderr)
    return error.exit_code
