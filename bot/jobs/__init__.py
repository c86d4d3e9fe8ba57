"""What runs beside the dialogue: the beat, the relay, slow work."""
