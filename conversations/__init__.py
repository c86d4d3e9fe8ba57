"""What is said and asked: all rules of content. Pure: no I/O, no clock, no ids."""
