"""A provider's node with one thing replaced: `python -m tests.scenario.misbehaving KIND serve ...`.

All else is the real `provider_node`. A colluder's kind names its friends, as in `colluder:a,b`.
"""

import sys
from collections.abc import Callable

from provider_node.__main__ import main
from tests.scenario.misbehaving import aggregates, scores, updates

KINDS: dict[str, Callable[..., None]] = {
    "absent-judge": scores.never_judge,
    "colluder": scores.collude,
    "lazy-attester": aggregates.attest_the_base,
    "lying-leader": aggregates.propose_another,
    "mismatch": updates.give_other_bytes,
    "poisoner": updates.poison,
    "replayer": updates.replay,
    "sender-back": updates.send_back_the_base,
}

if __name__ == "__main__":
    kind, _, friends = sys.argv.pop(1).partition(":")
    KINDS[kind](*([friends] if friends else []))
    main()
