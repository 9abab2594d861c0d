"""YAML that we write means the same to a YAML 1.2 reader (ours) and to YAML 1.1 readers (PyYAML, OmegaConf)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.yaml import dump_yaml, load_yaml

pyyaml = pytest.importorskip("yaml")

_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=12)
_WORDS = st.sampled_from(
    ["no", "Yes", "on", "OFF", "y", "null", "~", "12:30", "1:2:3", "1e-5", "1_000", "0x1f", "=", "<<"]
)
_SCALARS = st.one_of(_TEXT, _WORDS, st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())


@given(st.dictionaries(_TEXT | _WORDS, _SCALARS | st.lists(_SCALARS, max_size=3), max_size=4))
def test_both_dialects_read_back_what_was_written(data: dict) -> None:
    text = dump_yaml(data)
    assert load_yaml(text) == data
    assert pyyaml.safe_load(text) == data


@pytest.mark.parametrize("separator", ["\x85", "\u2028", "\u2029"])
def test_line_separators_inside_a_text_survive(separator: str) -> None:
    data = {"answer": f"one{separator}two"}
    assert load_yaml(dump_yaml(data)) == data


def test_small_numbers_stay_numbers_for_old_readers() -> None:
    assert dump_yaml({"learning_rate": 1e-5}) == "learning_rate: 1.0e-05\n"
