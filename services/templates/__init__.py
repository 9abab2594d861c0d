"""Templates: one object turns a conversation into text, token ids and the mask of what is trained."""

from services.templates.encode import Encoder, NothingTrainedError
from services.templates.errors import TemplateError, TemplateRefusedError, TokenizerError
from services.templates.layout import IGNORED, Encoded, EncodeOptions
from services.templates.load import load_template, template_names
from services.templates.packing import pack
from services.templates.stages import STAGES, encode_stage
from services.templates.template import Template
from services.templates.tokenizer import Tokenizer

__all__ = [
    "IGNORED",
    "STAGES",
    "EncodeOptions",
    "Encoded",
    "Encoder",
    "NothingTrainedError",
    "Template",
    "TemplateError",
    "TemplateRefusedError",
    "Tokenizer",
    "TokenizerError",
    "encode_stage",
    "load_template",
    "pack",
    "template_names",
]
