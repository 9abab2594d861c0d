"""Tools of a data set's table: one file a tool, which puts what it needs into the page and follows it.

    @tools.add("sample")
    class SampleTool(DatasetTool):
        def __init__(self, page: DatasetPage) -> None:
            super().__init__(page)
            self.strip = SampleStrip()
            page.add_strip(self.strip)          # between the bar and the table; hidden until it is wanted
            page.bar.add_tool(button)           # at the right of the bar
            page.panel.add_part(widget)         # in the inspector, between findings and the row

        def edited(self) -> None: ...           # and the other hooks of DatasetTool, all of them optional

Its commands stand in desktop/commands/dataset_NAME.py: `enabled_when=on_tool("sample", "can_sample")` and
`run=lambda w: w.page.tool("sample").begin()`. The page imports the tools when a table is first opened.
"""

from desktop.views.dataset_tools._tool import DatasetTool
from services.registry import Registry, load_siblings

__all__ = ["DatasetTool", "load_tools", "tools"]

tools: Registry[type[DatasetTool]] = Registry("tool of the table")


def load_tools() -> Registry[type[DatasetTool]]:
    """Every tool, in order."""
    load_siblings(__name__, __path__)
    return tools
