"""How did the tables come to be as they are? One step a file, in order, each with its way back."""
