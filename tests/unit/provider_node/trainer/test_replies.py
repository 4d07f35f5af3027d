"""A worker whose node was killed."""

import os
import subprocess
import sys

ANSWERING = """
from provider_node.trainer.protocol import Inspected
from provider_node.trainer.replies import Replies
replies = Replies()
input()
replies.answer(Inspected())
print("and goes on")
"""


def test_it_ends_quietly_when_nobody_is_left_to_hear_of_its_job() -> None:
    command = [sys.executable, "-c", ANSWERING]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as worker:
        assert worker.stdin
        assert worker.stdout
        worker.stdout.close()
        worker.stdin.write(os.linesep.encode())
        worker.stdin.close()
        assert worker.wait(60) == 0
        assert worker.stderr
        assert worker.stderr.read() == b""
