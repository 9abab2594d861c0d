"""YAML in and out: one place that chooses the dialect (YAML 1.2, safe types, order kept, UTF-8 text as it is)."""

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError


def load_yaml(text: str) -> Any:
    """Plain data of a YAML text. ValueError with line and column if it is none."""
    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise ValueError(str(error)) from error


def dump_yaml(data: Any) -> str:
    """YAML text of plain data, in the data's own order."""
    yaml = YAML(pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 4096
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()
