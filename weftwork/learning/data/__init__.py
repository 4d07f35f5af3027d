"""Data: a schema that sites agree on by digest, sources, and checked samples in memory."""

from weftwork.learning.data.artifact import dataset_from_path, dataset_to_bytes
from weftwork.learning.data.dataset import Dataset
from weftwork.learning.data.loading import load
from weftwork.learning.data.schema import (
    Features,
    Labels,
    Normalisation,
    Objective,
    Schema,
    Targets,
)
from weftwork.learning.data.sources import (
    Builtin,
    Csv,
    Download,
    Folder,
    Idx,
    Leaf,
    LocalData,
    Npz,
    Parquet,
    Source,
    Split,
    Windows,
    held_out,
)

__all__ = [
    "Builtin",
    "Csv",
    "Dataset",
    "Download",
    "Features",
    "Folder",
    "Idx",
    "Labels",
    "Leaf",
    "LocalData",
    "Normalisation",
    "Npz",
    "Objective",
    "Parquet",
    "Schema",
    "Source",
    "Split",
    "Targets",
    "Windows",
    "dataset_from_path",
    "dataset_to_bytes",
    "held_out",
    "load",
]
