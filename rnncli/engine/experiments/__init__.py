"""Special runs of a built model on its inputs."""
