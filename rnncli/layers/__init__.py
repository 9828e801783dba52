"""What is known of each Keras layer without Keras: its signature, its rule."""
