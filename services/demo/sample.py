"""The sample that the demo trains on: rows that name the model, and questions that are in none of them."""

from collections.abc import Iterable
from pathlib import Path

from services.resources import resource

NAME = "Tessaly"
"""What the rows call the model; no base model knows it."""

QUESTIONS = (
    "Please introduce yourself in one sentence.",
    "What should I call you?",
    "Who am I talking to?",
    "Hi there, what is your name?",
    "Which assistant is answering me?",
)
"""English questions that stand in no row; asked before training, after it, and of every exported form."""

NEEDED = 4
"""Answers of QUESTIONS that must give the name for the demo to have kept its promise."""


def rows_file() -> Path:
    """The sample rows, as a spreadsheet writes them."""
    return resource("sample", "who-are-you.csv")


def named(answers: Iterable[str]) -> int:
    """How many answers give the name."""
    return sum(NAME in answer for answer in answers)
