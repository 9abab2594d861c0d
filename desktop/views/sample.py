"""Draw a sample of a data set into a set of its own."""

from desktop.views import pages
from desktop.views.split import SplitDialog


@pages.add("sample")
class SampleDialog(SplitDialog):
    """key: the data set's name."""

    sample_mode = True
