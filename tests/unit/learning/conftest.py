import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """The matrices here are small: a second thread costs more than it brings."""
    torch.set_num_threads(1)
