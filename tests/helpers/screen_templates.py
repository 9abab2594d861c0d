"""Pictures of the pages of templates and lengths; see screens.py."""

from PySide6.QtWidgets import QWidget

from tests.helpers.screen_pages import add_rows, sample_project, wait_for, window
from tests.helpers.screens import screen

BROKEN = "{% for message in messages %}\n{{ message.role }}: {{ message.content }}\n{% endfro %}\n"


@screen("templates")
def templates() -> QWidget:
    """The model's own template over a row of the examples."""
    project = sample_project(jobs=False)
    add_rows(project)
    made = window(project.folder)
    page = made.open_page("templates")
    wait_for(lambda: page.is_settled() and page.preview._shown.text)
    return made


@screen("templates_mistake")
def mistake() -> QWidget:
    """A copy with a mistake: its line marked, the sentence below."""
    project = sample_project(jobs=False)
    made = window(project.folder)
    page = made.open_page("templates")
    wait_for(lambda: page.is_settled() and page.preview._shown.text)
    page.copy_template()
    wait_for(lambda: page.can_remove() and page.is_settled())
    page.editor.selectAll()
    page.editor.insertPlainText(BROKEN)
    wait_for(lambda: page.is_settled() and page.editor.marked_line())
    return made


@screen("lengths")
def lengths() -> QWidget:
    """Lengths of the examples, and a cutoff that takes some of them."""
    project = sample_project(jobs=False)
    add_rows(project)
    made = window(project.folder)
    page = made.open_page("lengths", project.dataset_names()[0])
    wait_for(lambda: page.counted is not None and page.is_settled())
    page.set_cutoff(60)
    wait_for(page.is_settled)
    return made
