"""The tests of rnncli; TensorFlow computes the same on every processor in them."""

import os

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
