"""The sample model's tokenizer and template."""

import pytest

from services.templates import Template, Tokenizer, load_template
from tests.services.templates.talks import MODEL_DIR


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    """The sample model's tokenizer."""
    return Tokenizer.load(MODEL_DIR)


@pytest.fixture(scope="session")
def smol(tokenizer: Tokenizer) -> Template:
    """The sample model's own template."""
    return load_template("model", MODEL_DIR, tokenizer=tokenizer)
