"""`python -m demo`: a consortium forms, a task runs, a model comes back, and the proof of it.

With KEEP=1 in the environment the consortium is left running, and so is one that ran before.
With LIAR=leader one factory lies whenever it leads, and the others find it out.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from demo import commands, proof, standings
from demo import liar as liars
from demo.phases import Phases
from demo.plot import plot_accuracy
from network import binaries
from network.consortium import Consortium
from requester_cli.output import PIPE_WIDTH
from weftwork.config import weftwork_home
from weftwork.errors import EnvironmentFaultError, IntegrityError, WeftworkError
from weftwork.learning.privacy.record import from_record
from weftwork.learning.privacy.statement import statement

HERE = Path(__file__).parent
TASK_FILE = HERE / "task.yaml"
PRIVATE_FILE = HERE / "private-task.yaml"
INTERRUPTED = 130
_REWARDS = 2000  # credit, of both task files
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Run the demo; exit with the code of what failed, 130 after an interrupt."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = PIPE_WIDTH  # commands are not folded in a log, and can be copied
    keep = os.environ.get("KEEP", "0") not in {"", "0"}
    liar = os.environ.get("LIAR", "")
    for number in ENDINGS:
        signal.signal(number, _interrupt)
    code, ours = INTERRUPTED, False  # until it is known that none was running
    try:
        program = liars.chosen(liar) if liar else ""
        ours = not Consortium(weftwork_home(), binaries.ensure()).is_up
        stays = keep or not ours
        if program:
            _run_with_liar(console, program, stays)
        else:
            _run(console, stays)
        code = 0
    except KeyboardInterrupt:
        _say(console, "\ninterrupted")
    except (WeftworkError, OSError) as error:
        code = _explain(console, error)
    finally:
        if ours and (code or not keep):
            _down(console)
    sys.exit(code)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    _ignore_signals()
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    """A second Ctrl-C, or what a closing terminal sends next, does not stop the stopping."""
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)


def _say(console: Console, text: str) -> None:
    """Print, if there is anybody left to read: a terminal may be closed, a pipe's reader gone."""
    with suppress(OSError, SystemExit):  # rich exits where a pipe has no reader
        console.print(text)


def _explain(console: Console, error: WeftworkError | OSError) -> int:
    """Say in one line what failed; its exit code."""
    if isinstance(error, OSError):
        error = EnvironmentFaultError.of(error, weftwork_home())
    _say(console, f"[red]error:[/red] {escape(str(error))}")
    return error.exit_code


def _down(console: Console) -> None:
    """Stop every process."""
    _ignore_signals()
    home = escape(_short(weftwork_home()))
    _say(console, f"\nstopping the consortium; its ledger stays in {home}")
    command = [sys.executable, "-m", "network", "down"]
    subprocess.run(command, check=False, start_new_session=True, stdout=subprocess.DEVNULL)


def _run(console: Console, stays: bool) -> None:
    folder = weftwork_home() / "demo"
    phases = Phases(console, total=7)
    with phases.phase("network", "Four organisations form a Hyperledger Fabric network"):
        commands.run(console, "network", "up")
    with phases.phase("money", "The treasurer pays in what the requester will offer"):
        _pay_in(console)
    with phases.phase("training", "A requester publishes a task; three factories train"):
        published = _train(console, TASK_FILE)
        task = published["task"]
    with phases.phase("model", "The requester fetches the model and checks the chain of digests"):
        model = folder / task
        commands.run(console, "requester_cli", "fetch-model", task, "--output", _short(model))
    with phases.phase("proof", "Another organisation's peer is asked, with Fabric's own client"):
        digest = _prove(console, task, model / "model.safetensors")
    with phases.phase("alone", "For comparison: each factory alone, as many epochs"):
        alone = _alone(console)
    with phases.phase("private", "Again, each sample protected: differential privacy, and DLMU"):
        private = _train(console, PRIVATE_FILE)["task"]
    if not console.is_terminal:  # there `watch` has left the tables of rounds
        commands.run(console, "requester_cli", "show-task", task)
        commands.run(console, "requester_cli", "show-task", private)
    result = _result(task, published, digest, alone, phases.seconds)
    result["private"] = _private(private)
    _conclude(console, folder, result, stays)


def _run_with_liar(console: Console, program: str, stays: bool) -> None:
    phases = Phases(console, total=4)
    with phases.phase("network", "Four organisations form a Hyperledger Fabric network"):
        commands.run(console, "network", "up")
    with phases.phase("money", "The treasurer pays in what the requester will offer"):
        _pay_in(console)
    with phases.phase("lie", "A requester publishes a task; the first factory to lead it will lie"):
        with liars.factories_away() as factories:
            task = _publish(console, TASK_FILE)["task"]
            factory = liars.first_leader(task)
            with liars.lying(console, factory, factories, program):
                commands.run(console, "requester_cli", "watch", task)
        shown = commands.ask("requester_cli", "show-task", task)
        lies = liars.caught(shown["rounds"], factory)
    with phases.phase("account", "What came of it, as the ledger has it"):
        if not lies:
            raise IntegrityError(f"{factory} led no round of {task}, or its lie was not found out")
        first = str(lies[0]["round"])
        commands.run(console, "requester_cli", "explain-election", task, first)
        console.print("\n  What each lie cost, by the ledger's record of its round:")
        console.print(Padding.indent(standings.table(lies, factory), 2))
        with commands.patience(console, "waiting until the ended task is part of all reputations"):
            liars.await_counted(task)
        commands.run(console, "requester_cli", "participants")
        commands.run(console, "requester_cli", "payouts", task)
    console.print(
        f"\n[bold]{factory} proposed a wrong aggregate in round {first}. The committee recomputed"
        f" it,\nand {lies[0]['leader']} took over in the same round.[/bold]\n"
        "  Each time it led, it lost the round, its fee, and 0.250 of its reputation:\n"
        "  half of what everybody begins with. Its updates are honest work: they are\n"
        "  paid, and win some of that back. The model is the one that they all give."
    )
    if stays:
        console.print(_NEXT.format(task=task), markup=False)


def _pay_in(console: Console) -> None:
    """Give the requester the rewards of both tasks, and show what it has."""
    commands.show(console, "requester_cli", "register")
    account = str(commands.ask("requester_cli", "register")["name"])
    reference = f"demo-{secrets.token_hex(3)}"
    commands.run(
        console, "requester_cli", "deposit", account, str(_REWARDS), "--reference", reference
    )
    commands.run(console, "requester_cli", "balance")


def _publish(console: Console, file: Path) -> dict[str, Any]:
    """Publish the task in `file`; what was published."""
    commands.show(console, "requester_cli", "publish-task", _short(file))
    with commands.patience(console, "drawing the first weights, pushing them to the archive"):
        return commands.ask("requester_cli", "publish-task", _short(file))


def _train(console: Console, file: Path) -> dict[str, Any]:
    """Publish the task in `file` and watch it to its end; what was published."""
    published = _publish(console, file)
    commands.run(console, "requester_cli", "watch", published["task"])
    return published


def _alone(console: Console) -> dict[str, int]:
    """Accuracy in parts per million of each factory by itself."""
    topology = weftwork_home() / "topology.yaml"
    with commands.patience(console, "training each factory's own model"):
        found = commands.ask("demo.alone", str(TASK_FILE), str(topology))
    for name, ppm in found.items():
        console.print(f"  {name} alone: {ppm / 10_000:.1f} %")
    return found


def _prove(console: Console, task: str, file: Path) -> str:
    """Compare the file that was fetched with what a factory's peer says; return the digest."""
    factory, digest = proof.query(console, task)
    proof.compare(digest, file)
    console.print(f"  {factory}'s peer names [bold]{digest}[/bold]", soft_wrap=True)
    console.print("  [green]and the file that was fetched has the same digest[/green]")
    return digest


def _result(
    task: str,
    published: dict[str, Any],
    digest: str,
    alone: dict[str, int],
    seconds: dict[str, float],
) -> dict[str, Any]:
    """What the demo writes to `result.json`."""
    rounds = commands.ask("requester_cli", "show-task", task)["rounds"]
    return {
        "task": task,
        "rounds": len(rounds),
        "accuracy": rounds[-1]["accuracy_ppm"] / 1e6,
        "accuracy_by_round": [record["accuracy_ppm"] / 1e6 for record in rounds],
        "accuracy_alone": {name: ppm / 1e6 for name, ppm in alone.items()},
        "digest": digest,
        "seconds": seconds,
        "transactions": {
            "publish": published["transaction_id"],
            "commits": [record["tx_id"] for record in rounds],
        },
    }


def _private(task: str) -> dict[str, Any]:
    """What `result.json` says of the private task: its accuracy, and what it spent."""
    shown = commands.ask("requester_cli", "show-task", task)
    rounds, asked = shown["rounds"], shown["task"]["definition"]["privacy"]
    spent = {one["participant"]: one["privacy"]["epsilon_micro"] for one in rounds[-1]["submitted"]}
    return {
        "task": task,
        "rounds": len(rounds),
        "accuracy": rounds[-1]["accuracy_ppm"] / 1e6,
        "accuracy_by_round": [record["accuracy_ppm"] / 1e6 for record in rounds],
        "privacy": _statement(asked),
        "privacy_spent": _statement(asked, max(spent.values())),
        "epsilon": asked["epsilon_micro"] / 1e6,
        "epsilon_spent": {name: micro / 1e6 for name, micro in spent.items()},
    }


def _statement(asked: dict[str, Any], spent_micro: int | None = None) -> str:
    """What the task promises, and what the provider that has spent most has spent."""
    terms = from_record(asked)
    return statement(terms.mode, epsilon=terms.epsilon, delta=terms.delta, spent_micro=spent_micro)


def _conclude(console: Console, folder: Path, result: dict[str, Any], stays: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    private = result["private"]
    by_round = {"together": result["accuracy_by_round"]}
    by_round["together, each sample protected:\n" + private["privacy"]] = private[
        "accuracy_by_round"
    ]
    plot_accuracy(folder / "accuracy.png", by_round, result["accuracy_alone"])
    (folder / "result.json").write_text(json.dumps(result, indent=2) + "\n")
    best = max(result["accuracy_alone"].values())
    console.print(
        f"\n[bold]{result['accuracy']:.1%} together after {result['rounds']} rounds; "
        f"the best factory alone reaches {best:.1%}.[/bold]"
    )
    console.print(
        f"[bold]{private['accuracy']:.1%} after {private['rounds']} rounds with each sample"
        f" protected.[/bold]\n  {private['privacy_spent']}\n"
        "  Noise hides each sample, so every round teaches less: it takes more of them."
    )
    console.print(f"  plot    {_short(folder / 'accuracy.png')}")
    console.print(f"  figures {_short(folder / 'result.json')}")
    console.print(f"  model   {_short(folder / result['task'])}")
    if stays:
        console.print(_NEXT.format(task=result["task"]), markup=False)


_NEXT = """
The consortium is still running. What to type next:

  .venv/bin/python -m network status
  .venv/bin/requester_cli show-task {task}
  .venv/bin/requester_cli participants
  eval "$(.venv/bin/python -m network env factory1)"  # for Fabric's `peer`
  .venv/bin/python -m network down                    # the ledger stays"""


def _short(path: Path) -> str:
    """The path relative to the current folder where it lies inside."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    main()
