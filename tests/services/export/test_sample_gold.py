"""The sample model through the converter: llama.cpp's recorded bytes, from the weights as they are trained on."""

from pathlib import Path

import pytest

from services.export.quantise import quantise_file
from services.projects.project import Project
from tests.helpers.quant_models import recorded, recorded_quants, tensors_of
from tests.helpers.sample import sample_dir
from tests.helpers.tiny_runs import make_run
from tests.services.export.conftest import export

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def sixteen(tmp_path_factory) -> Path:
    """The sample as a GGUF in F16: exported as a run that changed nothing."""
    project = Project.create(tmp_path_factory.mktemp("sample") / "project")
    run = make_run(project, sample_dir(), whole=True)
    result = export(project, run, quant="f16", name="sample").summary().result
    return Path(str(result["gguf"]))


def test_the_converted_weights_are_the_recorded_source(sixteen):
    hashes = {name: short for name, (_, short) in tensors_of(sixteen).items()}
    assert hashes == recorded()["smollm2"]["source_sha256"]


@pytest.mark.parametrize("quant", recorded_quants("smollm2"))
def test_types_and_bytes_are_llama_cpps(sixteen, tmp_path, quant):
    made = quantise_file(sixteen, tmp_path / "out.gguf", quant)
    assert tensors_of(made.path) == recorded()["smollm2"][quant]["tensors"]


def test_one_pass_from_the_weights_gives_the_same(tmp_path):
    project = Project.create(tmp_path / "project")
    run = make_run(project, sample_dir(), whole=True)
    result = export(project, run, quant="q4_k_m").summary().result
    assert tensors_of(Path(str(result["gguf"]))) == recorded()["smollm2"]["Q4_K_M"]["tensors"]
