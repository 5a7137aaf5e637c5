"""Quiz questions: commit to an answer before an experiment, and get feedback on it."""

from collections.abc import Mapping

import ipywidgets as widgets


def quiz(question: str, answers: Mapping[str, str], right: str) -> widgets.VBox:
    """Return a multiple-choice question as a widget; ``answers`` maps each answer to its feedback.

    Question and feedback are HTML, the answers plain text; none of it is read as a formula.

    Raises ``ValueError`` if ``right`` is not one of the answers.
    """
    if right not in answers:
        raise ValueError(f"The right answer {right!r} is not among the answers {list(answers)}.")
    as_wide_as_the_text = widgets.Layout(width="max-content")
    choice = widgets.RadioButtons(options=list(answers), value=None, layout=as_wide_as_the_text)
    feedback = widgets.HTML("Choose one before you go on.")

    def show_feedback(change: dict) -> None:
        mark, word = ("✓", "Yes") if change["new"] == right else ("✗", "No")  # the word is for screen readers
        feedback.value = f'<b role="img" aria-label="{word}">{mark}</b> {answers[change["new"]]}'

    choice.observe(show_feedback, "value")
    return widgets.VBox([widgets.HTML(f"<b>{question}</b>"), choice, feedback])
