"""What can be said against an update without any data; each check looks at what passed the last."""

from dataclasses import dataclass

from weftwork.errors import DataError, IntegrityError
from weftwork.learning.aggregation import MAX_WEIGHT, Reason, Update, examine
from weftwork.learning.errors import WeightsError
from weftwork.learning.judging.duplicates import duplicates
from weftwork.learning.judging.moves import Moves
from weftwork.learning.judging.outliers import norm_outliers, upload_outliers
from weftwork.learning.judging.round import Round, Submission
from weftwork.learning.judging.tensors import Tensors
from weftwork.learning.tensorfile import TensorFile
from weftwork.learning.tensornames import PROVIDER, upload_name
from weftwork.names import is_name
from weftwork.signing import verify_update

__all__ = ["Finding", "alone", "moves_of", "together"]


@dataclass(frozen=True)
class Finding:
    """Why an update is rejected; `detail` is for people."""

    reason: Reason
    detail: str


def alone(round: Round, submission: Submission) -> Finding | None:
    """What one submission shows by itself: signature, bytes, layout, numbers, whose file it is.

    Raises `DataError` for a weight that is none, `WeightsError` for an unusable base model.
    """
    name, samples = submission.participant, submission.samples
    if not 1 <= samples <= MAX_WEIGHT:
        raise DataError(f"{name}: weight {samples} not in 1..2^29-1")
    if why := _unsigned(submission):
        return Finding(Reason.BAD_SIGNATURE, why)
    if submission.path is None:
        return _absent(submission)
    if submission.size not in (None, size := submission.path.stat().st_size):
        detail = f"it has {size} bytes, and was submitted with {submission.size}"
        return Finding(Reason.DIGEST_MISMATCH, detail)
    update = Update(name, submission.path, samples, submission.digest)
    if rejection := examine(round.base, update, round.layout):
        return Finding(rejection.reason, rejection.detail)
    return _not_its_own(name, TensorFile.open(submission.path))


def _not_its_own(participant: str, file: TensorFile) -> Finding | None:
    """A digest can be copied off a proposal before it is ordered; the name in the bytes cannot."""
    named = file.metadata.get(PROVIDER, "")
    if not is_name(named):
        return Finding(Reason.MALFORMED, f"its metadata do not name its {PROVIDER}")
    return Finding(Reason.DUPLICATE, f"its file is {named}'s") if named != participant else None


def _absent(submission: Submission) -> Finding:
    """Why there are no bytes."""
    if submission.mismatch:
        return Finding(Reason.DIGEST_MISMATCH, "what its provider gave is not what was submitted")
    return Finding(Reason.LATE, "its bytes were not there in time")


def _unsigned(submission: Submission) -> str:
    """What is wrong with the signature; empty if nothing is, or none is to be checked."""
    signed, digest = submission.signature, submission.digest
    if signed is None:
        return ""
    try:
        verify_update(signed.key, signed.task, signed.round, digest or "", signed.signature)
    except IntegrityError as error:
        return str(error)
    return ""


def moves_of(round: Round, base: Tensors, files: dict[int, Tensors]) -> Moves:
    """Of these files' trained weights, in the order of submission.

    Raises `WeightsError` where the model before is not of the same form.
    """
    names = sorted(round.layout.trainable)
    before = Tensors(round.before) if round.before else None
    for name in names if before else ():
        if before and before.forms.get(name) != base.forms[name]:
            raise WeightsError(f"{round.before}: its {name} has not the form of {round.base}'s")
    return Moves.of(base, [*files.values()], names, before)


def together(round: Round, files: dict[int, Tensors], moves: Moves) -> dict[int, Finding]:
    """What these updates show beside each other; copies are no part of the norms' distribution."""
    places = list(files)
    submissions = [round.submissions[place] for place in places]
    copies = duplicates([one.participant for one in submissions], moves)
    norms = {i: float(norm) for i, norm in enumerate(moves.norms) if i not in copies}
    samples = {i: submissions[i].samples for i in norms}
    own = next((i for i in norms if submissions[i].participant == round.judge), None)
    found = {i: Finding(Reason.DUPLICATE, why) for i, why in copies.items()}
    for upload in round.layout.uploads:
        names = [upload_name(upload, name) for name in sorted(round.layout.trainable)]
        sent = {i: files[places[i]].norm(names) for i in norms}
        for i, ratio in upload_outliers(sent, samples, own).items():
            detail = f"its {upload} is {ratio:.3g} times as long as the round's typical one"
            found[i] = Finding(Reason.NORM_OUTLIER, detail)
    for i, ratio in norm_outliers(norms, samples, own).items():
        detail = f"it moved {ratio:.3g} times as far as the round's typical update"
        found[i] = Finding(Reason.NORM_OUTLIER, detail)
    return {places[i]: finding for i, finding in found.items()}
