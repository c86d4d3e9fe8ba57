"""What is kept, and what happened once only: the only storey that speaks SQL."""
