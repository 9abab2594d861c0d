"""Exams with one right answer of four, one file each; a file registers an instance with `exams.add("id")(...)`.

mmlu.py shows what a file needs: the words around a question, and where it lies.
"""

from services.engine.exams._exam import MultipleChoice
from services.registry import Registry, load_siblings

exams: Registry[MultipleChoice] = Registry("exam")

load_siblings(__name__, __path__)
