"""A second judge: random functional graphs, held against the ``keras.Model`` that a user would write."""
