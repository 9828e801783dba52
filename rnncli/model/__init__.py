"""ModelSpec → Model: names, references and arguments resolved, without Keras."""
