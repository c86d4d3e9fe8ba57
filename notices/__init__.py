"""What is sent, to whom and when: all rules of time. Pure, like ``conversations``."""
