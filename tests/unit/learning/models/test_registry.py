"""Models by name and version: checked without torch, all problems at once, added by packages."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from weftwork.artifacts.limits import Limits
from weftwork.learning.data import Features, Labels, Schema
from weftwork.learning.errors import ModelError
from weftwork.learning.models import ModelSpec, build, definitions, of_packages, problems
from weftwork.learning.models.definition import MAX_BYTES
from weftwork.learning.models.registry import BUILT_IN

SCHEMA = Schema(features=Features(shape=(1, 28, 28)), labels=Labels(classes=10))

PLUGIN = """
from weftwork.learning.models import ModelDefinition, ModelParameters

class Parameters(ModelParameters):
    inputs: int

def build(parameters):
    from torch import nn
    return nn.Linear(parameters.inputs, 2)

LINEAR = ModelDefinition({name!r}, {version}, Parameters, build)
NOT_A_MODEL = 7
"""


def spec(name: str, version: int = 1, **parameters: object) -> ModelSpec:
    return ModelSpec(name=name, version=version, parameters=parameters)


def test_checking_models_data_and_aggregates_imports_no_torch() -> None:
    """A command line that checks a task file must start at once."""
    script = (
        "import sys, weftwork.learning.aggregation, weftwork.learning.parameters\n"
        "from weftwork.learning import data, models\n"
        "assert models.problems(models.ModelSpec(name='mlp', version=1)) != []\n"
        "sys.exit(sum(name in sys.modules for name in ('torch', 'sklearn')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_what_fits_has_no_problem() -> None:
    assert problems(spec("mlp", inputs=784, hidden=[], classes=10), SCHEMA) == []
    assert problems(spec("cnn"), SCHEMA) == []


def test_every_problem_is_listed_at_once() -> None:
    found = problems(spec("mlp", inputs=0, hidden=[64, "wide"], width=3))
    assert [line.split(":")[0] for line in found] == ["inputs", "hidden.1", "classes", "width"]
    assert found[0] == "inputs: must be greater than or equal to 1 (got 0)"


@pytest.mark.parametrize(
    "wrong",
    [spec("mlp", inputs=9, classes=3), spec("cnn", channels=3, classes=3)],
    ids=lambda wrong: wrong.name,
)
def test_data_of_another_shape_or_number_of_classes_do_not_fit(wrong: ModelSpec) -> None:
    shape, classes = problems(wrong, SCHEMA)
    assert "[1, 28, 28]" in shape
    assert classes == "classes: 3, but the schema has 10"


@pytest.mark.parametrize(("name", "version"), [("mpl", 1), ("mlp", 2)])
def test_a_model_that_is_not_installed_names_those_that_are(name: str, version: int) -> None:
    (problem,) = problems(spec(name, version))
    start, installed = problem.split("; installed: ")
    assert start == f"there is no model {name} v{version}"
    assert installed.split(", ") == sorted(f"{model.name} v1" for model in BUILT_IN)


def test_building_a_wrong_model_lists_the_problems_too() -> None:
    with pytest.raises(ModelError) as caught:
        build(spec("mlp", inputs=0, classes=1))
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("size", [{"inputs": 10**9}, {"hidden": [1] * 17}, {"hidden": [10**6]}])
def test_a_task_cannot_ask_for_a_model_without_bounds(size: dict[str, object]) -> None:
    assert problems(ModelSpec(name="mlp", version=1, parameters={"inputs": 1, "classes": 2} | size))


def test_a_model_that_could_not_travel_is_a_problem() -> None:
    (problem,) = problems(spec("mlp", inputs=784, hidden=[65536, 65536], classes=10), SCHEMA)
    assert problem.startswith("parameters: 4,347,")
    assert problem.endswith("bytes; a model has at most 2,146,435,072")
    assert Limits().artifact_bytes > MAX_BYTES  # there is room for the names of the tensors


class TestEntryPoints:
    """A package as pip leaves it: a module, and its entry points in the metadata."""

    @pytest.fixture(autouse=True)
    def fresh(self) -> Iterator[None]:
        for cached in (definitions, of_packages):
            cached.cache_clear()
        yield
        for cached in (definitions, of_packages):
            cached.cache_clear()

    def install(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        target: str = "LINEAR",
        name: str = "linear",
        version: int = 1,
        package: str = "plugin",
    ) -> None:
        module = f"plugin_{folder.name.replace('-', '_')}"
        (folder / f"{module}.py").write_text(PLUGIN.format(name=name, version=version))
        info = folder / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[weftwork.models]\nx = {module}:{target}\n")
        monkeypatch.syspath_prepend(str(folder))

    def test_a_packages_model_is_built_by_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.install(tmp_path, monkeypatch)
        assert problems(spec("linear", inputs=28)) == []
        (problem,) = problems(spec("linear", inputs=28), SCHEMA)
        assert problem.startswith("parameters: the network gives shape [2, 1, 28, 2] for 2 samples")
        assert problems(spec("linear"))[0].startswith("inputs: ")
        shapes = [list(weight.shape) for weight in build(spec("linear", inputs=3)).parameters()]
        assert shapes == [[2, 3], [2]]

    def test_a_package_cannot_replace_a_model(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.install(tmp_path, monkeypatch, name="mlp")
        (one,) = of_packages()
        assert one.problem == (
            "entry point x of plugin 1.0: there is another model mlp v1;"
            " give this one another name or version"
        )
        assert definitions()["mlp", 1] in BUILT_IN

    def test_of_two_packages_with_the_same_model_neither_is_believed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
            self.install(tmp_path / name, monkeypatch, package=name)
        (problem,) = problems(spec("linear", inputs=3))
        assert problem.count("there is another model linear v1") == 2

    def test_a_package_may_add_a_version(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.install(tmp_path, monkeypatch, name="mlp", version=2)
        assert problems(spec("mlp", 2, inputs=3)) == []

    @pytest.mark.parametrize(
        ("target", "problem"),
        [("NOT_A_MODEL", "is a int, where a ModelDefinition is needed"), ("GONE", "GONE")],
    )
    def test_an_entry_point_that_is_no_model_is_in_the_way_of_who_asks_for_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, problem: str
    ) -> None:
        self.install(tmp_path, monkeypatch, target)
        (line,) = problems(spec("x"))
        assert line.startswith("entry point x = ")
        assert problem in line
        assert problems(spec("mlp", inputs=784, classes=10), SCHEMA) == []
        (line,) = problems(spec("linear"))
        assert line.endswith("; not usable: x of plugin 1.0")
