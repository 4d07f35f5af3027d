"""The private gradient engine: per-sample gradient norms and the sum of the clipped gradients.

One forward and one backward pass to the layers' outputs, then a rule per layer type
(`algorithms.md`, section 3). `gradients` is what others use; `capture` records what the layers saw,
`contributions` turns it into norms and sums, `rules` knows the layers.
"""

from weftwork.learning.engine.gradients import SLACK, GradientEngine
from weftwork.learning.engine.inspection import keeping_statistics
from weftwork.learning.engine.passes import Clipped, Loss

__all__ = ["SLACK", "Clipped", "GradientEngine", "Loss", "keeping_statistics"]
