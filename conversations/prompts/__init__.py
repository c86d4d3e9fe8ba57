"""The Chinese wording of the dialogue: questions, corrections, summaries, help."""
