"""The whole road on the sample, step by step, through the same services that the window uses."""
