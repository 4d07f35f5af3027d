"""What honest providers and attackers gain, by the real chaincode's rules.

    python -m benchmarks.reputation [--seeds N] [--rounds N] [--only KIND ...] [--json FILE]

Ten organisations train on the digits for 50 rounds, five tasks of ten, and a committee of three
decides each; in most scenarios three of them attack. Training, judging and aggregation are the
product's, and every step is a transaction of the real contracts, on a ledger in memory. Rows, of
each scenario and role (`honest`, `rare`, `attacker`), are means over organisations and seeds:

    reputation_<scenario>_<role>  at the end, 0 to 1
    coins_<scenario>_<role>       what an organisation was paid
    rejected_<scenario>_<role>    rounds in which its update was rejected
    served_<scenario>_<role>      rounds that it has decided
    faults_<scenario>_<role>      faults that the ledger found
    accuracy_<scenario>           of the tasks' last models, on data that nobody has seen
    lost_<scenario>               of accuracy, against the scenario `honest` with the same seed
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks import report
from benchmarks.reputation.plot import plot
from benchmarks.reputation.running import run
from benchmarks.reputation.scenarios import KINDS
from benchmarks.reputation.simulating import Outcome, Plan
from benchmarks.reputation.summary import checks, parts, rows, table
from benchmarks.reputation.world import SPLITS
from weftwork.learning.aggregation.rules import Rule, RuleOptions
from weftwork.learning.judging.parameters import JudgingParameters


def _told(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """The same, and a line as each comes."""
    for one in outcomes:
        print(f"{one.kind}, seed {one.seed}: done", *one.halts, flush=True)
        yield one


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Reputation and rewards of the honest and others.")
    parser.add_argument("--seeds", type=int, default=3, help="divisions of the data")
    parser.add_argument("--rounds", type=int, default=50, help="of all tasks together")
    parser.add_argument("--tasks", type=int, default=5, help="one after another")
    parser.add_argument("--committee", type=int, default=3, help="its size")
    parser.add_argument("--rule", default="mean", help="of aggregation: a name, or JSON")
    parser.add_argument("--contribution", default="leave-one-out", help="how it is measured")
    parser.add_argument("--split", choices=SPLITS, help="in the place of the scenarios' own")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=[*KINDS], metavar="KIND")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write rows and outcomes there")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw reputations there")
    return parser.parse_args()


def main() -> None:
    """Simulate, print, and write what was asked for."""
    options = _options()
    machine = report.machine()
    asked = options.rule if options.rule[0] != "{" else json.loads(options.rule)
    rule: Rule = TypeAdapter(RuleOptions).validate_python(asked)
    judging = JudgingParameters.model_validate({"contribution": options.contribution})
    plan = Plan(options.rounds, options.tasks, options.committee, rule, judging, options.split)
    outcomes = list(_told(run(options.only, options.seeds, plan)))
    found = list(parts(outcomes))
    print(table(found), *checks(found), sep="\n")
    if options.json:
        report.write(options.json, list(rows(found)), machine)
        _add(options.json, outcomes)
    if options.plot:
        plot(options.plot, outcomes)


def _add(file: Path, outcomes: Sequence[Outcome]) -> None:
    """Beside the rows: what became of each organisation."""
    content = json.loads(file.read_text("utf-8"))
    content["outcomes"] = [vars(one) for one in outcomes]
    file.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
