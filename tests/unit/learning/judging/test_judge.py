"""Whole rounds on the digits: honest providers, and each kind of attacker among them."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from benchmarks.judging.attacks import ATTACKS, Change, copied, label_flipped, moved
from benchmarks.judging.rounds import Played, digits, play
from tests.unit.identity.issuing import public
from weftwork.errors import DataError
from weftwork.identity import new_key
from weftwork.learning.errors import WeightsError
from weftwork.learning.judging.judge import judge
from weftwork.learning.judging.parameters import Shapley
from weftwork.learning.judging.round import Round, Score, Signature, Submission
from weftwork.learning.judging.samples import chosen
from weftwork.learning.tensornames import PROVIDER, upload_name

TEST = digits("test")
MEMBER = "p0"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The second round of six providers: there is a last change, and much left to learn."""
    folder = tmp_path_factory.mktemp("rounds")
    rounds = play("dirichlet_0.3", "plain", folder, rounds=2, seed=1, providers=6)
    next(rounds)
    return next(rounds)


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The first round of six providers whose data are alike."""
    folder = tmp_path_factory.mktemp("alike")
    return next(play("iid", "plain", folder, rounds=1, seed=1, providers=6))


def with_last(played: Played, **changes: object) -> Round:
    """The round with its last submission, p5's, changed."""
    last = replace(played.submissions[-1], **changes)  # type: ignore[arg-type] # by the test
    return played.round(MEMBER, TEST, submissions=(*played.submissions[:-1], last))


def attacked(played: Played, folder: Path, change: Change, of: str = "p5") -> list[Score]:
    source = next(one.path for one in played.submissions if one.participant == of)
    assert source
    path = moved(played.base, source, folder / "attack", change, "p5")
    return list(judge(with_last(played, path=path)))


def reasons(scores: list[Score]) -> list[str]:
    return [str(one.reason) for one in scores]


def test_honest_updates_are_accepted_in_the_given_order(played: Played) -> None:
    scores = judge(played.round(MEMBER, TEST))
    assert [one.participant for one in scores] == ["p1", "p2", "p3", "p4", "p5"]
    assert {(one.verdict, one.reason, one.detail) for one in scores} == {("accepted", "", "")}
    assert all(one.score_micro for one in scores)
    assert judge(played.round(MEMBER, TEST)) == scores


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        ("not_finite", "non-finite"),
        ("resubmission", "duplicate"),
        ("scaled_x20", "norm-outlier"),
        ("tiny_noise", "norm-outlier"),
        ("sign_flip_x5", "harmful"),
    ],
)
def test_an_attacker_is_found_and_nobody_else(
    played: Played, tmp_path: Path, attack: str, reason: str
) -> None:
    scores = attacked(played, tmp_path, ATTACKS[attack])
    assert reasons(scores) == ["", "", "", "", reason]
    assert scores[-1].verdict == "rejected"
    assert scores[-1].score_micro < 0 if reason == "harmful" else scores[-1].score_micro == 0


@pytest.mark.parametrize("cosine", [1, 0.999, 0.99])
def test_a_copy_is_found_with_noise_too(played: Played, tmp_path: Path, cosine: float) -> None:
    scores = attacked(played, tmp_path, copied(cosine), of="p2")
    assert reasons(scores) == ["", "", "", "", "duplicate"]
    assert "copies the earlier update of p2" in scores[-1].detail


def test_a_copy_of_the_members_own_update_is_found(played: Played, tmp_path: Path) -> None:
    assert reasons(attacked(played, tmp_path, copied(1), of="p0"))[-1] == "duplicate"


def test_the_last_change_again_is_found(played: Played, tmp_path: Path) -> None:
    assert played.before
    path = tmp_path / "again"
    again = moved(played.before, played.base, path, lambda move, random: 2 * move, "p5")
    scores = judge(with_last(played, path=again))
    assert scores[-1].reason == "duplicate"
    assert "repeats the global model's last change" in scores[-1].detail


def test_a_flipped_sign_is_harmful_where_data_are_alike(alike: Played, tmp_path: Path) -> None:
    scores = attacked(alike, tmp_path, ATTACKS["sign_flip"])
    assert reasons(scores) == ["", "", "", "", "harmful"]
    assert scores[-1].score_micro < 0
    assert all(one.score_micro > 0 for one in scores[:-1])


def test_a_flipped_sign_adds_less_than_anybody(played: Played, tmp_path: Path) -> None:
    *others, last = attacked(played, tmp_path, ATTACKS["sign_flip"])
    assert last.score_micro < min(0, *(one.score_micro for one in others))


def test_flipped_labels_add_less_than_anybody(alike: Played, tmp_path: Path) -> None:
    path = label_flipped(alike.terms, alike.base, alike.data["p5"], "p5", 1, tmp_path / "labels")
    *others, last = judge(with_last(alike, path=path))
    assert last.score_micro < min(one.score_micro for one in others) / 2


def test_noise_adds_next_to_nothing(played: Played, tmp_path: Path) -> None:
    *others, last = attacked(played, tmp_path, ATTACKS["noise"])
    assert abs(last.score_micro) < max(one.score_micro for one in others) / 4


def test_who_is_late_or_not_what_was_submitted(played: Played, tmp_path: Path) -> None:
    torn = tmp_path / "torn"
    torn.write_bytes(played.base.read_bytes()[:-1])
    for changes, reason in (
        ({"path": None}, "late"),
        ({"path": None, "mismatch": True}, "digest-mismatch"),
        ({"size": 1}, "digest-mismatch"),
        ({"digest": "0" * 64}, "digest-mismatch"),
        ({"path": torn}, "malformed"),
    ):
        assert reasons(list(judge(with_last(played, **changes)))) == ["", "", "", "", reason]


def test_of_two_with_the_same_digest_its_author_is_accepted(played: Played) -> None:
    """Whoever was first: a digest can be seen, and submitted, before its author's is ordered."""
    *others, author = played.submissions
    scores = judge(
        played.round(MEMBER, TEST, submissions=(replace(author, participant="p9"), *others, author))
    )
    assert reasons(list(scores)) == ["duplicate", "", "", "", "", ""]
    assert scores[0].detail == "its file is p5's"


@pytest.mark.parametrize(
    "metadata",
    [None, {PROVIDER: ""}, {PROVIDER: "\x1b[2J"}, {PROVIDER: "p" * 1000}],
    ids=["none", "empty", "control characters", "long"],
)
def test_a_file_that_names_nobody_is_malformed(
    played: Played, tmp_path: Path, metadata: dict[str, str] | None
) -> None:
    source, path = played.submissions[-1].path, tmp_path / "nobody's"
    assert source
    save_file(load_file(source), path, metadata=metadata)
    scores = judge(with_last(played, path=path))
    assert reasons(list(scores)) == ["", "", "", "", "malformed"]
    assert scores[-1].detail == "its metadata do not name its provider"


def with_controls(played: Played, folder: Path, lengths: dict[str, float]) -> Round:
    """The round of a task with SCAFFOLD, whose uploaded control variates are so long."""
    terms, submissions = played.round(MEMBER, TEST), []
    for one in played.submissions:
        assert one.path
        tensors = load_file(one.path)
        for name in terms.layout.trainable:
            value = lengths.get(one.participant, 1e-3)
            tensors[upload_name("scaffold.control", name)] = np.full_like(tensors[name], value)
        path = folder / one.participant
        save_file(tensors, path, metadata={PROVIDER: one.participant})
        size = path.stat().st_size
        submissions.append(replace(one, path=path, digest=None, size=size))
    layout = replace(terms.layout, uploads=("scaffold.control",))
    return replace(terms, layout=layout, submissions=tuple(submissions))


def test_what_is_uploaded_beside_the_model_is_no_longer_than_the_others(
    played: Played, tmp_path: Path
) -> None:
    scores = judge(with_controls(played, tmp_path, {"p5": 1e30}))
    assert reasons(list(scores)) == ["", "", "", "", "norm-outlier"]
    assert "its scaffold.control is 1e+33 times as long" in scores[-1].detail


def test_it_may_be_nothing(played: Played, tmp_path: Path) -> None:
    assert reasons(list(judge(with_controls(played, tmp_path, {"p5": 0.0})))) == [""] * 5
    first = with_controls(played, tmp_path, dict.fromkeys(["p0", "p1", "p2", "p3", "p4", "p5"], 0))
    assert reasons(list(judge(first))) == [""] * 5


def test_a_signature_is_checked_where_it_is_given(played: Played) -> None:
    path = played.submissions[-1].path
    assert path
    signature = Signature(public(new_key().public_key()), "task", 2, "bm90IG9uZQ==")
    changes = {"signature": signature, "digest": hashlib.sha256(path.read_bytes()).hexdigest()}
    assert reasons(list(judge(with_last(played, **changes))))[-1] == "bad-signature"


def test_without_data_there_are_verdicts_and_no_scores(played: Played) -> None:
    scores = judge(replace(with_last(played, path=None), data=None))
    assert reasons(list(scores)) == ["", "", "", "", "late"]
    assert {one.score_micro for one in scores} == {0}


def test_shapley_values_share_out_the_round_among_all_but_the_judge(played: Played) -> None:
    asked = {"contribution": Shapley(permutations=2, tolerance=0), "seed": 3}
    everybody = judge(played.round("nobody", TEST, **asked))
    assert judge(played.round("nobody", TEST, **asked)) == everybody
    others = judge(played.round(MEMBER, TEST, **asked))
    assert others == everybody[1:]


def test_a_member_scores_on_what_it_holds_out_too(played: Played) -> None:
    both = chosen((TEST, played.held_out[MEMBER]), 1)
    assert both is not None
    assert len(both) == len(TEST) + len(played.held_out[MEMBER])
    assert judge(played.round(MEMBER, both)) != judge(played.round(MEMBER, TEST))


@pytest.mark.parametrize(
    ("changed", "error", "problem"),
    [
        (lambda one, folder: replace(one, base=folder / "gone"), WeightsError, "gone"),
        (lambda one, folder: replace(one, before=folder / "gone"), WeightsError, "gone"),
        (
            lambda one, folder: replace(one, submissions=(replace(one.submissions[0], samples=0),)),
            DataError,
            "p0: weight 0",
        ),
    ],
)
def test_what_cannot_be_judged_is_said(
    played: Played,
    tmp_path: Path,
    changed: Callable[[Round, Path], Round],
    error: type[Exception],
    problem: str,
) -> None:
    with pytest.raises(error, match=problem):
        judge(changed(played.round(MEMBER, TEST), tmp_path))


def test_a_round_without_updates_has_no_scores(played: Played) -> None:
    assert judge(played.round(MEMBER, TEST, submissions=())) == ()
    own: tuple[Submission, ...] = played.submissions[:1]
    assert judge(played.round(MEMBER, TEST, submissions=own)) == ()
