"""Random cases, drawn move by move on a live model, so that each move knows its tensors."""
