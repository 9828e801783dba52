"""Side by side: rnncli against the Keras that one would have written, and against itself."""
