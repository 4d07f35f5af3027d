"""Set up the repository: the virtual environment and, beside it, the Go programs.

scripts/setup base    what `make demo` needs
scripts/setup dev     what the tests and checks need too

Everything is resumable and done once; a run with nothing to do is instant. Standard library only.
"""

import sys

from network.binaries import CA, CORE, find_or_build
from network.chaincode_build import chaincode_recipe
from network.golang.compiler import Compiler
from network.golang.toolchain import REPOSITORY, needed_version, path_toolchain
from network.steps.display import Display
from network.steps.process import run_to_end, together
from network.steps.progress import OnProgress
from scripts.environment import Environment
from scripts.fault import tell
from scripts.tools import TOOLS
from weftwork.errors import UsageError, WeftworkError

CHAINCODE = REPOSITORY / "chaincode"


async def set_up(kind: str, on_progress: OnProgress) -> None:
    """Python packages, Fabric, Fabric CA and the chaincode, all at once."""
    environment = Environment(REPOSITORY, on_progress)

    async def go_ready() -> None:
        modules = (CORE.recipe().directory, CA.recipe().directory, CHAINCODE, TOOLS.directory)
        if await path_toolchain(needed_version(*modules)) is None:
            await environment.install_go()

    compiler = Compiler(on_progress, ready=go_ready)

    async def python() -> None:
        await go_ready()  # first: the compilers wait for it
        await environment.install(kind)

    async def chaincode() -> None:
        await compiler.build(chaincode_recipe(CHAINCODE))

    async def fabric() -> None:
        await find_or_build(compiler)

    async def tools() -> None:
        if kind == "dev":
            await compiler.build(TOOLS)

    await together(python(), chaincode(), fabric(), tools())


def main() -> int:
    """Run it, or say in one line why it cannot be done."""
    try:
        if sys.argv[1:] not in (["base"], ["dev"]):
            raise UsageError("say what to set up: scripts/setup base|dev")
        with Display() as display:
            run_to_end(set_up(sys.argv[1], display.update))
    except (WeftworkError, OSError) as error:
        return tell(error)
    except KeyboardInterrupt:
        print("interrupted; what is done is kept", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
