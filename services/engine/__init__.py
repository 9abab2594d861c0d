"""What trains, answers and merges: the only room, with the workers, that knows torch."""
