"""Models as JSON that fuzzing of model files starts from."""
