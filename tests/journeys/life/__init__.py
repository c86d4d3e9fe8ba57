"""A class's whole life, as everybody who takes part in it lives it in the chat."""
