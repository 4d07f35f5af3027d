"""How a committee's member judges a round's updates, from their files and on data that it holds.

`judge.judge` takes a `round.Round` and gives a `round.Score` for each update. What is checked in
which order, all bounds, and what they catch: `docs/reference/judging.md`. A task's options are
`parameters`, which need no torch.
"""
