"""What is said about points, second attempts and results."""

from __future__ import annotations

from conversations.model import Refusal


def because(said: Refusal) -> str:
    """A reason with its clause, inside a line."""
    return f"{said.reason}（{said.clause}）" if said.clause else said.reason
