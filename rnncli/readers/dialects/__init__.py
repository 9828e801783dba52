"""The dialects in which the versions of Keras write a model, one file each."""
