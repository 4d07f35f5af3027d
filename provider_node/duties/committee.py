"""The committee's part of a round, step by step; and what moves the task on when its time has come.

What one of several may do, all of them owe: whoever comes first does it (`steps.shared`).
"""

from provider_node.bench import Bench
from provider_node.duties.answer import Owed, these
from provider_node.steps import (
    Aggregate,
    Attest,
    Close,
    Collect,
    Commit,
    Count,
    Extend,
    Fetch,
    Finalize,
    Halt,
    Judge,
    Propose,
    Replace,
    Report,
    Reveal,
    Seal,
    SealScores,
    Step,
)
from provider_node.view import View
from weftwork.ledger.records import Artifact, SubmittedUpdate

__all__ = ["close", "collect", "count", "decide", "finalize", "wait_for_updates"]

# A member that the round has waited for so long, as a part of the step's time, is looked after.
PATIENCE = 4


def close(view: View) -> Owed | None:
    """End the time for updates when all are in, or when it is due and there are enough."""
    if not view.open or (view.round.missing and not view.due):
        return None
    number, submitted = view.round.round, len(view.round.updates)
    if submitted >= view.limits.min:
        return these(Close(number))
    if not view.due:
        return None
    return these(Halt(number) if view.round.extended else Extend(number))


def collect(view: View) -> Owed | None:
    """Have what it takes to judge the updates of a closed round, and to measure their aggregate.

    What is no update is there before the round is closed. Before they are judged all updates are
    wanted, afterwards those that count. Where the committee goes on without somebody, or the task
    ends, that comes first.
    """
    if not (view.seated or view.scoring) or view.round.state == "COMMITTED":
        return None
    if view.bench and (view.bench.to_replace or view.bench.hopeless):
        return None
    number = view.round.round
    steps: list[Step] = [Collect(number, one.participant) for one in _wanted(view)]
    steps += [Fetch(one, number) for one in _starting(view)]
    if not steps:
        return None
    in_time = view.bench and view.now_ms < view.gather_by_ms
    return Owed(tuple(steps), look_again_ms=view.gather_by_ms if in_time else None)


def _wanted(view: View) -> list[SubmittedUpdate]:
    """The updates that this node lacks and needs."""
    bench = view.bench
    if bench is None:
        return []
    lacked = [one for one in view.round.updates if view.lacks(one)]
    if _to_judge(view, bench):
        in_time = view.now_ms < view.gather_by_ms
        return [one for one in lacked if in_time and one.participant not in view.wrong]
    if not _to_compute(view, bench):
        return []
    accepted = {one.participant for one in view.round.accepted}
    return [one for one in lacked if one.participant in accepted]


def _starting(view: View) -> list[Artifact]:
    """The base, and the validation data as long as there is time: what this node lacks of them."""
    bench, validation = view.bench, view.task.definition.validation
    if bench and not (_to_judge(view, bench) or _to_compute(view, bench)):
        return []
    wanted = [view.round.base]
    if validation and view.now_ms < view.gather_by_ms:
        wanted.append(validation)
    return [one for one in wanted if view.lacks(one)]


def decide(view: View) -> Owed | None:
    """The next step of the round's committee."""
    bench = view.bench
    if bench is None or view.round.state == "COMMITTED":
        return None
    answer = _move_on(view, bench) or _score(view, bench) or _recompute(view, bench)
    return answer or _look_after(view, bench) or Owed(look_again_ms=bench.next_deadline_ms)


def _move_on(view: View, bench: Bench) -> Owed | None:
    """Commit what is agreed; go on without the fallen; end the task where that helps no more."""
    number, term = view.round.round, bench.term.term
    if bench.may_commit:
        return these(Commit(number, term))
    if bench.hopeless:
        return these(Halt(number))
    return these(Replace(number, term)) if bench.to_replace else None


def _to_judge(view: View, bench: Bench) -> bool:
    """Whether this node can still be bound to scores, and has none."""
    open_ = bench.scores_anew and not bench.revealed and view.now_ms < bench.term.score_by_ms
    mine = view.scoring and view.me.name not in bench.bound
    return open_ and mine and view.judgement is None


def _score(view: View, bench: Bench) -> Owed | None:
    """Judge the updates, be bound to the scores, and open them once all are bound to theirs."""
    me, number, term = view.me.name, view.round.round, bench.term
    if _to_judge(view, bench):
        away = view.submitters - view.at_hand
        return these(Judge(number, away, away & view.wrong))
    if not (view.scoring and bench.scores_anew) or me in bench.revealed or bench.evaluated:
        return None
    if me not in bench.bound:
        late = bench.revealed or view.now_ms >= term.score_by_ms
        return None if late else these(SealScores(number, term.term))
    late = bench.sealed or view.now_ms >= term.reveal_by_ms
    if late or not bench.may_reveal or not view.remembers_scores:
        return None
    return these(Reveal(number, term.term))


def _to_compute(view: View, bench: Bench) -> bool:
    """Whether this node can still propose an aggregate or be bound to one, and has none."""
    term = bench.term
    open_ = bench.evaluated and term.proposal is None and view.aggregate is None
    if view.me.name == term.leader:
        return open_ and view.now_ms < term.propose_by_ms
    mine = view.seated and view.me.name not in bench.sealed
    return open_ and mine and view.now_ms < term.seal_by_ms


def _recompute(view: View, bench: Bench) -> Owed | None:
    """Compute the aggregate, be bound to its digest, and open that once the leader's is there."""
    if not view.seated or not bench.evaluated:
        return None
    number, term = view.round.round, bench.term
    if _to_compute(view, bench):
        return these(Aggregate(number, tuple(one.participant for one in view.round.accepted)))
    if view.aggregate is None:
        return None
    if view.me.name != term.leader:
        return these(*_witness(view, bench))
    return these(Propose(number, term.term)) if not term.proposal and bench.may_propose else None


def _witness(view: View, bench: Bench) -> list[Step]:
    me, number, term = view.me.name, view.round.round, bench.term
    if me not in bench.sealed:
        late = term.proposal is not None or view.now_ms >= term.seal_by_ms
        return [] if late else [Seal(number, term.term)]
    if term.proposal is None or me in bench.attested or view.now_ms >= term.attest_by_ms:
        return []
    return [Attest(number, term.term)] if view.remembers_digest else []


def _look_after(view: View, bench: Bench) -> Owed | None:
    """See to members that the round waits for longer than it should."""
    if not view.seated:
        return None
    number, term = view.round.round, bench.term
    patience = 1000 * view.task.definition.governance.stage_seconds // PATIENCE
    mine = {one.accused for one in term.reports if one.participant == view.me.name}
    slow = [
        name
        for name in bench.owing
        if name != view.me.name and name not in mine and view.waited_ms.get(name, 0) >= patience
    ]
    if slow:
        reports = tuple(Report(number, term.term, name) for name in slow)
        return Owed(reports, look_again_ms=bench.next_deadline_ms)
    soon = view.now_ms + patience
    return Owed(look_again_ms=min(soon, bench.next_deadline_ms)) if bench.owing else None


def wait_for_updates(view: View) -> Owed | None:
    """Look again when the round's time for updates is over."""
    return Owed(look_again_ms=view.round.deadline_ms) if view.open and not view.due else None


def finalize(view: View) -> Owed | None:
    """Finish the task after its final round."""
    record = view.round.record
    if record is None or record.outcome != "FINAL":
        return None
    return these(Finalize())


def count(view: View) -> Owed | None:
    """Add what the ended task changed of reputations to the organisations' standings."""
    if not view.task.participants:
        return None
    return these(*(Count(one) for one in view.task.uncounted))
