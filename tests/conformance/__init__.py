"""Live Keras as the judge of every rule: drawn layers and stacks, planned, run and compared.

``python -m tests.conformance --count N --seed S`` runs as many as asked.
"""
