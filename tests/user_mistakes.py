"""Configs as people write them who come from Keras, PyTorch, Python or a blank page.

Each has one mistake, and the code of the one problem that tells it. ``no_edit`` marks those whose
fix is no change of the text: a decision that is not the program's to make.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """A config with a mistake, its code, and words of the message or the fix."""

    config: str
    code: str
    said: str = ""
    no_edit: bool = False
    severity: str = "error"


def layers(*entries: str, top: str = "input: [5, 8]\n") -> str:
    """A config of these entries."""
    return f"{top}layers:\n" + "".join(f"  - {entry}\n" for entry in entries)


def shape(text: str) -> str:
    """A config whose input is this."""
    return f"input: {text}\nlayers:\n  - LSTM: 3\n"


PAIR = "inputs: {a: [5, 8], b: [5, 8]}\n"
IDS = "input: {shape: [12], dtype: int32}\n"
SOURCE_TARGET = "inputs: {source: [5, 8], target: [7, 8]}\n"
ENCODER = "{LSTM: {units: 8, return_state: true}, name: enc, from: source}"

INPUTS = {
    "a tuple": Mistake(shape("(5, 8)"), "python-spelling", "[5, 8]"),
    "a tuple with None": Mistake(shape("(None, 8)"), "python-spelling", "[null, 8]"),
    "a tuple in a mapping": Mistake(shape("{shape: (5, 8), dtype: float32}"), "python-spelling"),
    "tuples in several inputs": Mistake(
        "inputs: {a: (5, 8), b: [5, 8]}\nlayers:\n  - Add\n  - LSTM: 3\n", "python-spelling"
    ),
    "a tuple over lines": Mistake(
        "inputs:\n  a: (5, 8)\n  b: [5, 8]\nlayers:\n  - Add\n", "python-spelling", "[5, 8]"
    ),
    "numbers without brackets": Mistake(shape("5, 8"), "bad-input", "[5, 8]"),
    "numbers with a space": Mistake(shape("5 8"), "bad-input", "[5, 8]"),
    "numbers with an x": Mistake(shape("5x8"), "bad-input", "[5, 8]"),
    "one number": Mistake(layers("Dense: 3", top="input: 8\n"), "bad-input", "[8]"),
    "no comma": Mistake(shape("[5 8]"), "bad-input", "[5, 8]"),
    "text in quotes": Mistake(shape('"(5, 8)"'), "python-spelling", "[5, 8]"),
    "numbers in quotes": Mistake(shape('["5", "8"]'), "bad-input", "without quotes"),
    "None in a list": Mistake(shape("[None, 8]"), "python-none", "null"),
    "-1 for unknown": Mistake(shape("[-1, 8]"), "bad-input", "null"),
    "a question mark": Mistake(shape("[?, 8]"), "not-yaml", "null"),
    "a letter": Mistake(shape("[T, 8]"), "bad-input", "null"),
    "zero": Mistake(shape("[0, 8]"), "empty-axis", "null"),
    "no features": Mistake(layers("Dense: 3", top="input: [0]\n"), "empty-axis", "one feature"),
    "less than zero": Mistake(shape("[-2, 8]"), "bad-input", "null"),
    "no channels": Mistake(
        layers("Conv1D: {filters: 3, kernel_size: 2}", top="input: [5, 0]\n"),
        "empty-axis",
        "one feature",
    ),
    "a fraction": Mistake(shape("[5.0, 8]"), "bad-input", "write 5"),
    "a list in a list": Mistake(shape("[[5, 8]]"), "bad-input", "[5, 8]"),
    "tf.keras.Input": Mistake(shape("Input(shape=(5, 8))"), "python-spelling", "[5, 8]"),
    "nothing": Mistake(shape(""), "bad-input", "[5, 8]", no_edit=True),
    "input_shape on top": Mistake("input_shape: [5, 8]\nlayers:\n  - LSTM: 3\n", "unknown-key", "input"),
    "input_shape on top, a tuple": Mistake(
        "batch: 3\ninput_shape: [5, 8]\nlayers:\n  - LSTM: 3\n", "unknown-key", "input"
    ),
    "shape on top": Mistake("shape: [5, 8]\nlayers:\n  - LSTM: 3\n", "unknown-key", "input"),
    "batch_input_shape on top": Mistake(
        "batch_input_shape: [32, 5, 8]\nlayers:\n  - LSTM: 3\n", "unknown-key", "input: [5, 8]"
    ),
    "Input on top": Mistake("Input: [5, 8]\nlayers:\n  - LSTM: 3\n", "unknown-key", "input"),
    "Input as a layer": Mistake("layers:\n  - Input: [5, 8]\n  - LSTM: 3\n", "misplaced-input"),
    "Input with a name": Mistake(
        "layers:\n  - Input: {shape: [5, 8], name: x}\n  - LSTM: 3\n", "misplaced-input"
    ),
    "Input in Python": Mistake(
        "layers:\n  - Input(shape=(5, 8))\n  - LSTM: 3\n", "misplaced-input", "[5, 8]"
    ),
    "keras.Input in Python": Mistake(
        "layers:\n  - keras.Input((None, 8))\n  - LSTM: 3\n", "misplaced-input", "[null, 8]"
    ),
    "InputLayer": Mistake(
        "layers:\n  - InputLayer: {input_shape: [5, 8]}\n  - LSTM: 3\n", "misplaced-input"
    ),
    "InputLayer with its batch": Mistake(
        "layers:\n  - InputLayer: {batch_shape: [null, 5, 8]}\n  - LSTM: 3\n", "misplaced-input",
        "[5, 8]",
    ),
    "Input as a layer and on top": Mistake(layers("Input: [5, 8]", "LSTM: 3"), "misplaced-input"),
    "input_shape of the first layer": Mistake(
        "layers:\n  - LSTM: {units: 3, input_shape: [5, 8]}\n  - Dense: 1\n", "misplaced-input"
    ),
    "input_shape of the first layer, block": Mistake(
        "layers:\n  - LSTM:\n      units: 3\n      input_shape: [5, 8]\n  - Dense: 1\n",
        "misplaced-input",
    ),
    "input_length": Mistake(
        layers("Embedding: {input_dim: 9, output_dim: 4, input_length: 12}", top=IDS),
        "keras-2-argument", "leave", severity="warning",
    ),
    "inputs for one": Mistake("inputs: [5, 8]\nlayers:\n  - LSTM: 3\n", "bad-input", "input"),
    "several under input": Mistake(
        "input: {a: [5, 8], b: [5, 8]}\nlayers:\n  - Add\n  - LSTM: 3\n", "bad-input", "inputs"
    ),
    "several under input, block": Mistake(
        "input:\n  a: [5, 8]\n  b: {shape: [5, 8]}\nlayers:\n  - Add\n", "bad-input", "inputs"
    ),
    "input and inputs": Mistake(
        "input: [5, 8]\ninputs: {a: [5, 8], b: [5, 8]}\nlayers:\n  - Add\n", "duplicate-key"
    ),
    "input and inputs, both read": Mistake(
        "input: [5, 8]\ninputs: {a: [5, 8]}\nlayers:\n  - {Add: {}, from: [input, a]}\n",
        "duplicate-key",
    ),
    "no input": Mistake("layers:\n  - LSTM: 3\n", "missing-key", "input: [5, 8]"),
    "a dtype with a typo": Mistake(
        "input: {shape: [5], dtype: itn32}\nlayers:\n  - Embedding: {input_dim: 9, output_dim: 4}\n",
        "bad-input", "int32",
    ),
    "a dtype of numpy": Mistake(
        "input: {shape: [5], dtype: np.int32}\nlayers:\n  - Embedding: [9, 4]\n".replace(
            "[9, 4]", "{input_dim: 9, output_dim: 4}"), "bad-input", "int32"),
    "dtype int": Mistake(
        "input: {shape: [5], dtype: int}\nlayers:\n  - Embedding: {input_dim: 9, output_dim: 4}\n",
        "bad-input", "int32"),
    "the batch in the shape": Mistake(shape("[32, 5, 8]"), "batch-in-shape", "[5, 8]"),
    "None for the batch": Mistake(shape("[null, 5, 8]"), "batch-in-shape", "[5, 8]"),
    "features alone": Mistake(shape("[8]"), "no-sequence", "[8, 1]"),
    "tokens with an axis": Mistake(
        layers("Embedding: {input_dim: 9, output_dim: 4}", "LSTM: 3", top="input: [5, 1]\n"),
        "token-axis", "[5]"),
    "features unknown": Mistake(shape("[5, null]"), "unknown-axis", no_edit=True),
}  # fmt: skip

TOP = {
    "Sequential": Mistake("input: [5, 8]\nSequential:\n  - LSTM: 3\n", "unknown-key", "layers"),
    "Sequential over all": Mistake(
        "Sequential:\n  input: [5, 8]\n  layers:\n    - LSTM: 3\n", "unknown-key"
    ),
    "model over all": Mistake(
        "model:\n  input: [5, 8]\n  layers:\n    - LSTM: 3\n", "unknown-key", "model"
    ),
    "model over all, with a version": Mistake(
        "version: 1\nmodel:\n  name: m\n  input: [5, 8]\n  layers:\n    - LSTM: 3\n", "unknown-key"
    ),
    "model for layers": Mistake("input: [5, 8]\nmodel:\n  - LSTM: 3\n", "unknown-key", "layers"),
    "Layers": Mistake("input: [5, 8]\nLayers:\n  - LSTM: 3\n", "unknown-key", "layers"),
    "layer": Mistake("input: [5, 8]\nlayer:\n  - LSTM: 3\n", "unknown-key", "layers"),
    "network": Mistake("input: [5, 8]\nnetwork:\n  - LSTM: 3\n", "unknown-key", "layers"),
    "architecture": Mistake("input: [5, 8]\narchitecture:\n  - LSTM: 3\n", "unknown-key", "layers"),
    "batch_size": Mistake("input: [5, 8]\nbatch_size: 3\nlayers:\n  - LSTM: 3\n", "unknown-key", "batch"),
    "output": Mistake("input: [5, 8]\nlayers:\n  - LSTM: 3\noutput: lstm\n", "unknown-key", "outputs"),
    "optimizer": Mistake(
        "input: [5, 8]\nlayers:\n  - LSTM: 3\noptimizer: adam\n", "unknown-key", "leave optimizer out"
    ),
    "compile": Mistake(
        "input: [5, 8]\nlayers:\n  - LSTM: 3\ncompile: {optimizer: adam, loss: mse}\n", "unknown-key",
        "leave compile out",
    ),
    "version as text": Mistake('version: "1"\n' + layers("LSTM: 3"), "bad-version", "version: 1"),
    "version 1.0": Mistake("version: 1.0.0\n" + layers("LSTM: 3"), "bad-version", "version: 1"),
    "layers as a mapping": Mistake(
        "input: [5, 8]\nlayers:\n  LSTM: 3\n  Dense: 4\n", "bad-entry", "a dash"
    ),
    "layers as a mapping, two of a kind": Mistake(
        "input: [5, 8]\nlayers:\n  Dense: 3\n  LSTM:\n    units: 3\n  Dense: 4\n", "duplicate-key",
        "a dash"),
    "one layer without a dash": Mistake("input: [5, 8]\nlayers:\n  LSTM: 3\n", "bad-entry", "a dash"),
    "one layer beside the key": Mistake("input: [5, 8]\nlayers: LSTM\n", "bad-entry", "- LSTM",
                                        no_edit=True),
    "layers alone": Mistake("- LSTM: 3\n- Dense: 1\n", "not-a-config", "input: [5, 8]", no_edit=True),
    "no layers": Mistake("input: [5, 8]\n", "missing-key", "layers", no_edit=True),
    "layers twice": Mistake(
        "input: [5, 8]\nlayers:\n  - LSTM: 3\nlayers:\n  - Dense: 3\n", "duplicate-key"),
    "outputs of a layer that is not there": Mistake(
        layers("LSTM: 3") + "outputs: [lsmt]\n", "bad-reference", "lstm"),
    "JSON of Keras": Mistake(
        '{"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "LSTM"}]}}',
        "model-file", "Keras", no_edit=True),
    "a bracket that is never closed": Mistake(
        "input: [5, 8\nlayers:\n  - LSTM: 3\n", "not-yaml", "never closed"),
    "a bracket that is never closed, and the end": Mistake(
        "input: [5, 8]\nlayers: [LSTM: 3", "not-yaml", "never closed"),
    "a bracket that is never closed, and a line end": Mistake(
        "input: [5, 8]\nlayers: [LSTM: 3\n", "not-yaml", "never closed"),
    "a brace that is never closed": Mistake(
        "input: [5, 8]\nlayers:\n  - LSTM: {units: 3, return_sequences: true\n  - Dense: 3\n",
        "not-yaml", "never closed"),
    "a quote that is never closed": Mistake(
        'input: [5, 8]\nname: "many\nlayers:\n  - LSTM: 3\n', "not-yaml", "never closed"),
    "a tab": Mistake("input: [5, 8]\nlayers:\n\t- LSTM: 3\n", "not-yaml", "spaces"),
    "tabs": Mistake("input: [5, 8]\nlayers:\n\t- LSTM:\n\t\tunits: 3\n", "not-yaml", "spaces"),
    "no space after a colon": Mistake("input:[5, 8]\nlayers:\n  - LSTM: 3\n", "not-yaml", "space"),
    "a space too many": Mistake(
        "input: [5, 8]\nlayers:\n  - LSTM: 3\n     name: x\n", "not-yaml", "indent"),
    "a space too few": Mistake(
        "input: [5, 8]\nlayers:\n  - LSTM: 3\n    name: x\n - Dense: 3\n", "not-yaml", "indent"),
    "a closing brace": Mistake(
        "input: [5, 8]\nlayers:\n  - LSTM: {units: 3}}\n", "not-yaml", "}"),
    "a Python script": Mistake(
        "import keras\nmodel = keras.Sequential()\nmodel.add(keras.layers.LSTM(3))\n",
        "not-a-config", "Python", no_edit=True),
}  # fmt: skip

PYTHON = {
    "a call": Mistake(layers("LSTM(3)"), "python-spelling", "- LSTM: 3"),
    "a call with a comma": Mistake(layers("LSTM(3),", "Dense: 1"), "python-spelling", "- LSTM: 3"),
    "a call with keywords": Mistake(
        layers("LSTM(16, return_sequences=True)", "GRU: 3"), "python-spelling",
        "- LSTM: {units: 16, return_sequences: true}"),
    "calls in flow": Mistake(
        "input: [5, 8]\nlayers: [\"LSTM(16, return_sequences=True)\", Dense: 10]\n",
        "python-spelling"),
    "a call in flow without quotes": Mistake(
        "input: [5, 8]\nlayers: [LSTM(16, return_sequences=True), Dense: 10]\n", "python-spelling"),
    "a call of keras.layers": Mistake(
        layers("keras.layers.Dense(10, activation='softmax')"), "python-spelling",
        "- Dense: {units: 10, activation: softmax}"),
    "a call of tf": Mistake(layers("tf.keras.layers.LSTM(units=3)"), "python-spelling", "- LSTM: 3"),
    "a call in a call": Mistake(
        layers("Bidirectional(LSTM(64, return_sequences=True))", "GRU: 3"), "python-spelling",
        "- Bidirectional: {LSTM: {units: 64, return_sequences: true}}"),
    "a call with a regularizer": Mistake(
        layers("Dense(3, kernel_regularizer=keras.regularizers.L2(0.01))"), "python-spelling",
        "kernel_regularizer: {L2: 0.01}"),
    "model.add": Mistake(layers("model.add(LSTM(3))"), "python-spelling", "- LSTM: 3"),
    "functional": Mistake(layers("x = LSTM(3)(inputs)"), "python-spelling", "- LSTM: 3"),
    "a call without arguments": Mistake(layers("Flatten()", "Dense: 3"), "python-spelling", "- Flatten"),
    "a call under a wrapper": Mistake(
        layers("Bidirectional: LSTM(3)"), "python-spelling", "{LSTM: 3}"),
    "keras.layers": Mistake(layers("keras.layers.LSTM: 3"), "python-spelling", "LSTM"),
    "tf.keras.layers": Mistake(layers("tf.keras.layers.LSTM: {units: 3}"), "python-spelling", "LSTM"),
    "layers.": Mistake(layers("layers.Flatten", "Dense: 3"), "python-spelling", "Flatten"),
    "a regularizer": Mistake(
        layers("Dense: {units: 3, kernel_regularizer: L2(0.01)}"), "python-spelling", "{L2: 0.01}"),
    "a regularizer with two": Mistake(
        layers("Dense: {units: 3, kernel_regularizer: L1L2(l1=0.1, l2=0.1)}"), "python-spelling",
        "{L1L2: {l1: 0.1, l2: 0.1}}"),
    "a regularizer in lower case": Mistake(
        layers("Dense: {units: 3, kernel_regularizer: l2(0.01)}"), "python-spelling", "{L2: 0.01}"),
    "an activation of tf": Mistake(
        layers("Dense: {units: 3, activation: tf.nn.relu}"), "python-spelling", "relu"),
    "an initializer of keras": Mistake(
        layers("Dense: {units: 3, kernel_initializer: keras.initializers.HeNormal()}"),
        "python-spelling", "HeNormal"),
    "a tuple of sizes": Mistake(
        layers("Conv2D:\n      filters: 3\n      kernel_size: (3, 3)", top="input: [8, 8, 3]\n"),
        "python-spelling", "[3, 3]"),
    "a tuple of sizes in flow": Mistake(
        layers("Conv2D: {filters: 3, kernel_size: (3, 3)}", top="input: [8, 8, 3]\n"),
        "python-spelling", "[3, 3]"),
    "a tuple to Reshape": Mistake(layers("Reshape: (8, 5)"), "python-spelling", "[8, 5]"),
    "None for an argument": Mistake(
        layers("Dense: {units: 3, activation: None}"), "python-none", "null"),
    "None for merge_mode": Mistake(
        layers("Bidirectional: {LSTM: 3, merge_mode: None}", "Concatenate"), "python-none", "null"),
    "True in quotes": Mistake(
        layers('LSTM: {units: 3, return_sequences: "True"}'), "wrong-type", "true"),
    "yes": Mistake(layers("LSTM: {units: 3, return_sequences: yes}"), "wrong-type", "true"),
    "no space": Mistake(layers("LSTM:3"), "bad-entry", "- LSTM: 3"),
    "no colon": Mistake(layers("LSTM 3"), "bad-entry", "- LSTM: 3"),
    "an equals sign": Mistake(layers("LSTM=3"), "bad-entry", "- LSTM: 3"),
    "an equals sign among arguments": Mistake(
        layers("LSTM: {units=3}"), "python-spelling", "- LSTM: 3"),
    "keywords among arguments": Mistake(
        layers("LSTM: units=3, return_sequences=True", "GRU: 3"), "python-spelling",
        "- LSTM: {units: 3, return_sequences: true}"),
    "units in words": Mistake(layers('LSTM: "3"'), "wrong-type", "write 3"),
    "type": Mistake(layers("{type: LSTM, units: 3}"), "bad-entry", "- LSTM: 3"),
    "type in a block": Mistake(
        layers("type: LSTM\n    units: 3\n    return_sequences: true", "GRU: 3"), "bad-entry",
        "- LSTM: {units: 3, return_sequences: true}"),
    "type with a name": Mistake(
        layers("type: LSTM\n    units: 3\n    name: enc"), "bad-entry", "- LSTM: 3"),
    "class_name and config": Mistake(
        layers("{class_name: LSTM, config: {units: 3, activation: tanh}}"), "bad-entry",
        "- LSTM: {units: 3, activation: tanh}"),
    "layer and args": Mistake(
        layers("{layer: LSTM, args: {units: 3}}"), "bad-entry", "- LSTM: 3"),
    "class_name of a regularizer": Mistake(
        layers("Dense: {units: 3, kernel_regularizer: {class_name: L2, config: {l2: 0.01}}}"),
        "bad-entry", "{L2: 0.01}"),
}  # fmt: skip

TORCH = {
    "nn.LSTM": Mistake(layers("nn.LSTM: 16"), "pytorch-spelling", "LSTM: 16"),
    "nn.LSTM in full": Mistake(
        layers("nn.LSTM: {input_size: 8, hidden_size: 16, num_layers: 1, batch_first: true}"),
        "pytorch-spelling", "- LSTM: {units: 16, return_sequences: true}"),
    "nn.LSTM in Python": Mistake(
        layers("nn.LSTM(8, 16, batch_first=True)"), "pytorch-spelling",
        "- LSTM: {units: 16, return_sequences: true}"),
    "torch.nn.GRU": Mistake(
        layers("torch.nn.GRU(input_size=8, hidden_size=16)"), "pytorch-spelling", "GRU"),
    "hidden_size": Mistake(
        layers("LSTM: {input_size: 8, hidden_size: 16}"), "pytorch-spelling", "units: 16"),
    "batch_first": Mistake(
        layers("LSTM: {units: 3, batch_first: true}"), "pytorch-spelling", "batch_first"),
    "bidirectional": Mistake(
        layers("LSTM: {units: 16, bidirectional: true}"), "pytorch-spelling",
        "- Bidirectional: {LSTM: 16}"),
    "num_layers": Mistake(
        layers("LSTM: {hidden_size: 16, num_layers: 2, batch_first: true}"), "pytorch-spelling",
        "repeat: 2"),
    "all at once": Mistake(
        layers("nn.LSTM: {input_size: 8, hidden_size: 16, num_layers: 2, batch_first: true, "
               "bidirectional: true, dropout: 0.2}"),
        "pytorch-spelling", "Bidirectional"),
    "Linear": Mistake(layers("Linear: 10"), "pytorch-spelling", "- Dense: 10"),
    "Linear in full": Mistake(
        layers("Linear: {in_features: 8, out_features: 10}"), "pytorch-spelling", "- Dense: 10"),
    "nn.Linear in Python": Mistake(layers("nn.Linear(8, 10)"), "pytorch-spelling", "- Dense: 10"),
    "nn.Dropout": Mistake(layers("nn.Dropout(p=0.5)"), "pytorch-spelling", "- Dropout: 0.5"),
    "nn.ReLU": Mistake(layers("nn.ReLU()"), "pytorch-spelling", "- ReLU"),
    "nn.Embedding": Mistake(
        layers("nn.Embedding(num_embeddings=100, embedding_dim=8)", top=IDS), "pytorch-spelling",
        "- Embedding: {input_dim: 100, output_dim: 8}"),
    "Tanh": Mistake(layers("Tanh"), "pytorch-spelling", "- Activation: tanh"),
    "nn.Sigmoid": Mistake(layers("nn.Sigmoid()"), "pytorch-spelling", "- Activation: sigmoid"),
    "Conv1d": Mistake(
        layers("Conv1d: {in_channels: 8, out_channels: 16, kernel_size: 3}"), "pytorch-spelling",
        "- Conv1D: {filters: 16, kernel_size: 3}"),
    "BatchNorm1d": Mistake(layers("BatchNorm1d: 8"), "pytorch-spelling", "- BatchNormalization"),
    "nn.LayerNorm": Mistake(layers("nn.LayerNorm(8)"), "pytorch-spelling", "- LayerNormalization"),
    "nn.RNN": Mistake(layers("nn.RNN(8, 16)"), "pytorch-spelling", "SimpleRNN"),
    "MultiheadAttention": Mistake(
        layers("{MultiheadAttention: {embed_dim: 8, num_heads: 2}, from: [input, input]}"),
        "pytorch-spelling", "MultiHeadAttention: {num_heads: 2, key_dim: 4}"),
}  # fmt: skip

KERAS = {
    "a key of a mapping": Mistake(
        layers("BatchNormalization: {renorm: true, renorm_clipping: {rmx: 3}}"),
        "unknown-key",
        "did you mean rmax",
    ),
    "a key that no mapping has": Mistake(
        layers("BatchNormalization: {renorm: true, renorm_clipping: {most: 3}}"),
        "unknown-key",
        "rmax, rmin, dmax",
    ),
    "a value of a mapping": Mistake(
        layers("BatchNormalization: {renorm: true, renorm_clipping: {dmax: -5}}"),
        "wrong-value",
        "at least 0",
    ),
    "a text in a mapping": Mistake(
        layers("BatchNormalization: {renorm: true, renorm_clipping: {rmax: '3'}}"),
        "wrong-type",
        "without quotes",
    ),
    "bounds with nothing between": Mistake(
        layers("BatchNormalization: {renorm: true, renorm_clipping: {rmax: 1, rmin: 3}}"),
        "wrong-value",
        "rmax is at least rmin",
    ),
    "a number for a mapping": Mistake(
        layers("BatchNormalization: {renorm: true, renorm_clipping: 3}"),
        "wrong-type",
        "a mapping of numbers",
    ),
    "CuDNNLSTM": Mistake(layers("CuDNNLSTM: 3"), "keras-2-layer", "- LSTM: 3"),
    "CuDNNGRU": Mistake(layers("CuDNNGRU: {units: 3}"), "keras-2-layer", "GRU"),
    "BatchNorm": Mistake(layers("BatchNorm"), "unknown-layer", "BatchNormalization"),
    "LayerNorm": Mistake(layers("LayerNorm"), "unknown-layer", "LayerNormalization"),
    "RNN for SimpleRNN": Mistake(layers("RNN: 3"), "wrong-type", "SimpleRNN: 3"),
    "lstm in lower case": Mistake(layers("lstm: 3"), "unknown-layer", "LSTM"),
    "bidirectional in lower case": Mistake(layers("bidirectional: {LSTM: 3}"), "unknown-layer"),
    "a typo in a layer": Mistake(layers("LSTN: 3"), "unknown-layer", "LSTM"),
    "BiLSTM": Mistake(layers("BiLSTM: 3"), "unknown-layer", "- Bidirectional: {LSTM: 3}"),
    "merge_mode average": Mistake(
        layers("Bidirectional: {LSTM: 3, merge_mode: average}"), "bad-merge-mode", "ave"),
    "merge_mode add": Mistake(
        layers("Bidirectional: {LSTM: 3, merge_mode: add}"), "bad-merge-mode", "sum"),
    "merge_mode concatenate": Mistake(
        layers("Bidirectional: {LSTM: 3, merge_mode: concatenate}"), "bad-merge-mode", "concat"),
    "merge_mode none": Mistake(
        layers("Bidirectional: {LSTM: 3, merge_mode: none}", "Concatenate"), "bad-merge-mode", "null"),
    "return_sequences on Bidirectional": Mistake(
        layers("Bidirectional: {LSTM: 3, return_sequences: true}", "LSTM: 3"), "unknown-argument",
        "- Bidirectional: {LSTM: {units: 3, return_sequences: true}}"),
    "units on Bidirectional": Mistake(
        layers("Bidirectional: {LSTM: {}, units: 3}"), "unknown-argument",
        "- Bidirectional: {LSTM: 3}"),
    "Bidirectional of a number": Mistake(
        layers("Bidirectional: 3"), "wrong-type", "- Bidirectional: {LSTM: 3}"),
    "Bidirectional of a list": Mistake(
        layers("Bidirectional: [LSTM: 3]"), "wrong-type", "- Bidirectional: {LSTM: 3}"),
    "Bidirectional of a list in a block": Mistake(
        layers("Bidirectional:\n      - LSTM: 3"), "wrong-type", "- Bidirectional: {LSTM: 3}"),
    "Bidirectional of a word": Mistake(
        layers("Bidirectional: LSTM"), "missing-argument", "LSTM: 3"),
    "Bidirectional of nothing": Mistake(
        layers("Bidirectional"), "missing-argument", "- Bidirectional: {LSTM: 3}"),
    "TimeDistributed of a number": Mistake(
        layers("TimeDistributed: 3"), "wrong-type", "- TimeDistributed: {Dense: 3}"),
    "an inner recurrent layer, stacked": Mistake(
        layers("LSTM: 128", "LSTM: 3"), "needs-sequence",
        "- LSTM: {units: 128, return_sequences: true}"),
    "a Bidirectional, stacked": Mistake(
        layers("Bidirectional: {LSTM: 64}", "LSTM: 3"), "needs-sequence",
        "- Bidirectional: {LSTM: {units: 64, return_sequences: true}}"),
    "a Bidirectional in a block, stacked": Mistake(
        layers("Bidirectional:\n      LSTM:\n        units: 64", "LSTM: 3"), "needs-sequence",
        "return_sequences: true"),
    "attention without a sequence": Mistake(
        layers("{LSTM: 8, name: a}", "{MultiHeadAttention: {num_heads: 2, "
               "key_dim: 4}, from: [a, a]}"),
        "needs-sequence", "return_sequences: true"),
    "return_sequences beside": Mistake(
        layers("LSTM: 3\n    return_sequences: true", "LSTM: 3"), "unknown-key",
        "- LSTM: {units: 3, return_sequences: true}"),
    "arguments beside": Mistake(
        layers("LSTM:\n    units: 3\n    return_sequences: true", "GRU: 3"), "unknown-key",
        "- LSTM: {units: 3, return_sequences: true}"),
    "activation beside": Mistake(
        layers("{Dense: 3, activation: relu}"), "unknown-key", "- Dense: {units: 3, activation: relu}"),
    "a typo beside": Mistake(layers("Dense: 3\n    nmae: x"), "unknown-key", "name"),
    "from inside": Mistake(
        layers("{Dense: {units: 8}, name: a}", "LSTM: {units: 3, from: a}"), "unknown-key", "beside"),
    "from inside a block": Mistake(
        layers("{Dense: {units: 8}, name: a}", "LSTM:\n      units: 3\n      from: a"), "unknown-key",
        "beside"),
    "initial_state inside": Mistake(
        layers(ENCODER, "{GRU: {units: 8, initial_state: enc.h}, from: target}", top=SOURCE_TARGET),
        "unknown-key", "beside"),
    "mask beside": Mistake(
        layers("LSTM: 3\n    from: x\n    mask: m", top="inputs: {x: [5, 8], m: [5]}\n"),
        "call-argument", "from: {mask: m}"),
    "training beside": Mistake(layers("Dropout: 0.5\n    training: true"), "call-argument", "call: {training: true}"),
    "use_causal_mask beside": Mistake(
        layers("{MultiHeadAttention: {num_heads: 2, key_dim: 4}, from: [input, input], "
               "use_causal_mask: true}"),
        "call-argument", "call: {use_causal_mask: true}"),
    "use_causal_mask inside": Mistake(
        layers("{MultiHeadAttention: {num_heads: 2, key_dim: 4, use_causal_mask: true}, "
               "from: [input, input]}"),
        "call-argument", "call: {use_causal_mask: true}"),
    "scores inside, which are read": Mistake(
        layers("MultiHeadAttention: {num_heads: 2, key_dim: 4, return_attention_scores: true}\n"
               "    from: [input, input]\n    name: att", "Flatten:\n    from: att.scores"),
        "call-argument", "call: {return_attention_scores: true}"),
    "an attention mask inside": Mistake(
        layers("MultiHeadAttention:\n      num_heads: 2\n      key_dim: 4\n"
               "      attention_mask: m\n    from: [x, x]",
               top="inputs: {x: [5, 8], m: [5, 5]}\n"),
        "call-argument", "from: {attention_mask: m}"),
    "a mask of a cell's own": Mistake(
        layers("{Bidirectional: {LSTM: {units: 3, mask: input}}}"), "call-argument", "leave it out"),
    "call inside": Mistake(
        layers("Dropout:\n      rate: 0.5\n      call: {training: false}"), "unknown-key",
        "call: {training: false}"),
    "a tensor under call": Mistake(
        layers("{LSTM: 3, from: x, call: {mask: m}}", top="inputs: {x: [5, 8], m: [5]}\n"),
        "unknown-argument", "from: {mask: m}"),
    "a tensor and more under call": Mistake(
        layers("LSTM: 3\n    call:\n      training: false\n      mask: m\n    from: x",
               top="inputs: {x: [5, 8], m: [5]}\n"),
        "unknown-argument", "from: {mask: m}"),
    "a plain value in from": Mistake(
        layers("Attention:\n    from: {query: input, value: input, use_causal_mask: true}"),
        "bad-reference", "call: {use_causal_mask: true}"),
    "a word for a plain value in from": Mistake(
        layers("Attention:\n    from: {query: input, value: input, use_causal_mask: 'yes'}"),
        "bad-reference", "call: {use_causal_mask: true}"),
    "an initial state in from": Mistake(
        layers(ENCODER, "GRU: 8\n    from: {sequences: target, initial_state: enc.h}",
               top=SOURCE_TARGET),
        "bad-reference", "initial_state: enc.h"),
    "inputs of a layer that reads sequences": Mistake(
        layers("LSTM: 3\n    from: {inputs: x, mask: m}", top="inputs: {x: [5, 8], m: [5]}\n"),
        "bad-reference", "did you mean sequences?"),
    "a mask of attention": Mistake(
        layers("Attention:\n    from: {query: x, value: x, mask: m}",
               top="inputs: {x: [5, 8], m: [5]}\n"),
        "bad-reference", "value_mask", no_edit=True),
    "a misspelled argument of a call": Mistake(
        layers("Attention:\n    from: [input, input]\n    call: {use_casual_mask: true}"),
        "unknown-argument", "did you mean use_causal_mask?"),
    "an argument that a call has not": Mistake(
        layers("Dense: 3\n    call: {use_causal_mask: true}"), "unknown-argument", "leave it out"),
    "an argument of the layer under call": Mistake(
        layers("Dropout:\n      rate: 0.5\n    call: {seed: 1}"), "unknown-argument",
        "write it under Dropout"),
    "an operation that is used otherwise": Mistake(
        layers("ops.mean: {axis: 1}\n    name: m", "use: m\n    from: input\n    call: {axis: 2}",
               "Add:\n    from: [m, m_1]"),
        "unknown-argument", "again in place of use"),
    "a call that is a word": Mistake(
        layers("Dropout: 0.5\n    call: training"), "bad-call", "call: {training: false}",
        no_edit=True),
    "a number in a call": Mistake(
        layers("Attention:\n    from: [input, input]\n    call: {use_causal_mask: 1}"),
        "wrong-type", "true or false"),
    "a mask of other steps": Mistake(
        layers("LSTM: 3\n    from: {sequences: x, mask: m}", top="inputs: {x: [5, 8], m: [4]}\n"),
        "mask-misfit", "for each step", no_edit=True),
    "reverse of other vectors": Mistake(
        layers("ReversibleEmbedding: {input_dim: 9, output_dim: 4}\n    call: {reverse: true}"),
        "shape-mismatch", "Dense: 4", no_edit=True),
    "an unused mask of attention": Mistake(
        layers("MultiHeadAttention: {num_heads: 2, key_dim: 4}\n"
               "    from: {query: x, value: x, query_mask: m}",
               top="inputs: {x: [5, 8], m: [5]}\n"),
        "mask-ignored", "attention_mask", no_edit=True, severity="warning"),
    "an op": Mistake(layers("ops.meann: {axis: 1}"), "unknown-operation", "ops.mean"),
    "an index without quotes": Mistake(layers("ops.getitem: [:, -1]"), "not-yaml", "quotes"),
    "no index": Mistake(layers('ops.getitem: "[:, last]"'), "wrong-value", "last", no_edit=True),
    "unstack without num": Mistake(
        layers("ops.unstack: {axis: 1}"), "missing-argument", "num", no_edit=True),
    "a product of one tensor": Mistake(
        layers("ops.matmul"), "wrong-input-count", "x1, x2", no_edit=True),
    "einsum with spaces": Mistake(
        layers('ops.einsum: "abc -> acb"'), "wrong-value", "abc->acb"),
    "an op of tf": Mistake(layers("tf.reduce_mean: {axis: 1}"), "python-spelling", "ops.mean"),
    "an op of keras.ops": Mistake(layers("keras.ops.mean: {axis: 1}"), "python-spelling", "ops.mean"),
    "an op of K": Mistake(layers("K.mean: {axis: 1}"), "python-spelling", "ops.mean"),
    "an op without ops": Mistake(layers("mean: {axis: 1}"), "unknown-layer", "ops.mean"),
    "an op as a layer": Mistake(layers("ReduceMean: {axis: 1}"), "unknown-layer", "ops.mean"),
    "an op that is called": Mistake(layers("ops.relu()"), "python-spelling", "- ops.relu"),
    "an op called on a tensor": Mistake(
        layers("keras.ops.mean(x, axis=1)"), "python-spelling", "- ops.mean: 1"),
    "an op of torch, called": Mistake(
        layers("torch.mean(x, dim=1, keepdim=True)"), "python-spelling",
        "- ops.mean: {axis: 1, keepdims: true}"),
    "a dtype of tf": Mistake(
        layers("tf.cast(x, tf.int32)"), "python-spelling", "- ops.cast: int32"),
    "an op called on two tensors": Mistake(
        layers("keras.ops.add(a, b)", top=PAIR), "python-spelling", "from: [a, b]"),
    "a sum in Python": Mistake(layers("x + 1"), "python-spelling", "- ops.add: 1"),
    "a difference in Python": Mistake(layers("1.0 - x"), "python-spelling", "{x1: 1.0}"),
    "a product in Python": Mistake(layers("a * b", top=PAIR), "python-spelling", "from: [a, b]"),
    "three operands": Mistake(
        layers("{ops.add: {}, from: [a, b, a]}", top=PAIR), "wrong-input-count", "from: [x1, x2]",
        no_edit=True),
    "Slice": Mistake(layers("Slice: {start: 0, size: 3}"), "unknown-layer", no_edit=True),
    "a foreign op": Mistake(layers("tf.reduce_foo: {axis: 1}"), "unknown-layer", no_edit=True),
    "Lambda": Mistake(layers('Lambda: "lambda x: x"'), "runs-code", no_edit=True),
    "from itself": Mistake(
        layers("LSTM: 3\n    name: a\n    from: a"), "bad-reference", "itself"),
    "from a later layer": Mistake(
        layers("{Dense: 3, from: late}", "{LSTM: 3, name: late, from: input}"), "bad-reference",
        "comes later"),
    "from a typo": Mistake(
        layers("{LSTM: 3, name: encoder}", "{Dense: 3, from: encodr}"), "bad-reference", "encoder"),
    "from an index": Mistake(
        layers("LSTM: 3", "{Dense: 3, from: 0}"), "bad-reference", "lstm", no_edit=True),
    "repeat beside": Mistake(
        layers("LSTM: {units: 3, return_sequences: true}\n    repeat: 3"), "bad-entry",
        "layers:"),
    "repeat with a layer": Mistake(
        layers("repeat: 2\n    Dense: 8"), "bad-entry", "layers:"),
    "initial_state of a layer": Mistake(
        layers(ENCODER, "{LSTM: 8, from: target, initial_state: enc}", top=SOURCE_TARGET),
        "states-missing", "enc.states"),
    "initial_state of a layer that keeps its states": Mistake(
        layers("{LSTM: 8, name: enc, from: source}", "{LSTM: 8, from: target, initial_state: enc}",
               top=SOURCE_TARGET),
        "states-missing", "return_state: true"),
    "states that are not returned": Mistake(
        layers("{LSTM: 8, name: enc, from: source}",
               "{LSTM: 8, from: target, initial_state: enc.states}", top=SOURCE_TARGET),
        "state-not-returned", "- LSTM: {units: 8, return_state: true}"),
    "states of a Bidirectional that are not returned": Mistake(
        layers("{Bidirectional: {LSTM: 8}, name: enc, from: source}",
               "{Dense: 8, from: enc.forward_h}", top="inputs: {source: [5, 8]}\n"),
        "state-not-returned", "{LSTM: {units: 8, return_state: true}}"),
    "Embedding without its input_dim": Mistake(
        layers("Embedding: {output_dim: 3}", top=IDS), "missing-argument",
        "output_dim: 3"),
    "Embedding without its output_dim": Mistake(
        layers("Embedding: 1000", top=IDS), "missing-argument", "input_dim: 1000, output_dim:"),
    "Conv1D without its kernel_size": Mistake(
        layers("Conv1D: 32"), "missing-argument", "filters: 32, kernel_size:"),
    "LSTM of nothing": Mistake(layers("LSTM"), "missing-argument", "- LSTM: 3"),
    "LSTM of an empty mapping": Mistake(layers("LSTM: {}"), "missing-argument", "- LSTM: 3"),
    "MultiHeadAttention of one number": Mistake(
        layers("{MultiHeadAttention: 8, from: [input, input]}"), "missing-argument",
        "num_heads: 8, key_dim:"),
    "a list for an Embedding": Mistake(
        layers("Embedding: [1000, 64]", top=IDS), "wrong-type",
        "- Embedding: {input_dim: 1000, output_dim: 64}"),
    "a list for a Conv1D": Mistake(
        layers("Conv1D: [32, 3]"), "wrong-type", "- Conv1D: {filters: 32, kernel_size: 3}"),
    "two layers in one entry": Mistake(layers("LSTM: 3\n    Dense: 4"), "bad-entry", "a dash"),
    "a typo in an argument": Mistake(
        layers("LSTM: {units: 3, return_sequence: true}", "GRU: 3"), "unknown-argument",
        "return_sequences"),
    "unit": Mistake(layers("LSTM: {unit: 3}"), "unknown-argument", "units"),
    "return_seq": Mistake(
        layers("LSTM: {units: 3, return_seq: true}", "GRU: 3"), "unknown-argument",
        "return_sequences"),
    "a typo in an activation": Mistake(
        layers("Dense: {units: 3, activation: sotfmax}"), "wrong-value", "softmax"),
    "an activation in upper case": Mistake(
        layers("Dense: {units: 3, activation: ReLU}"), "wrong-value", "relu"),
    "a rate in percent": Mistake(layers("Dropout: 50"), "not-a-rate", "0.5"),
    "a rate in %": Mistake(layers("Dropout: 50%"), "wrong-type", "0.5"),
    "negative units": Mistake(layers("LSTM: -3"), "not-positive", "3"),
    "padding in upper case": Mistake(
        layers("Conv1D: {filters: 3, kernel_size: 2, padding: SAME}"), "wrong-value", "same"),
    "time_major": Mistake(
        layers("LSTM: {units: 3, time_major: false}"), "keras-2-argument", "leave"),
    "batch_input_shape": Mistake(
        layers("LSTM: {units: 3, batch_input_shape: [1, 5, 8]}"), "keras-2-argument", "leave"),
    "LeakyReLU alpha": Mistake(
        layers("LeakyReLU: {alpha: 0.2}"), "keras-2-argument", "negative_slope", severity="warning"),
    "stateful": Mistake(layers("LSTM: {units: 3, stateful: true}"), "stateful-batch", "batch: 32"),
    "a cell as a layer": Mistake(layers("LSTMCell: 3"), "cell-as-layer", "- LSTM: 3"),
    "a layer as a cell": Mistake(layers("RNN: {LSTM: 3}"), "not-a-cell", "LSTMCell"),
    "Bidirectional of a Dense": Mistake(
        layers("Bidirectional: {Dense: 3}"), "not-recurrent", "LSTM"),
    "TimeDistributed of an LSTM": Mistake(
        layers("TimeDistributed: {LSTM: 3}"), "time-distributed-recurrent", "- LSTM: 3"),
    "RepeatVector of a sequence": Mistake(
        layers("LSTM: {units: 3, return_sequences: true}", "RepeatVector: 5"), "needs-vector",
        "- LSTM: 3"),
    "two directions": Mistake(
        layers("Bidirectional: {LSTM: 3, merge_mode: null}", "Dense: 4"), "two-outputs",
        "Concatenate"),
    "which input": Mistake(
        layers("LSTM: {units: 8, return_sequences: true}", "{Add: {}, from: [lstm, b]}", top=PAIR),
        "which-input", "from: a"),
    "several into one": Mistake(
        layers("{Dense: 3, from: [a, b]}", top=PAIR), "takes-one", "Concatenate"),
    "all that an LSTM gives": Mistake(
        layers("LSTM: {units: 3, return_state: true}", "{Dense: 3, from: [lstm, lstm.h, lstm.c]}"),
        "states-passed-on", "from: lstm"),
    "Add of one": Mistake(layers("Add"), "needs-several", "from: [a, b]", no_edit=True),
    "one name twice": Mistake(
        layers("{Dense: 3, name: a}", "{Dense: 3, name: a}"), "duplicate-name", "a_1"),
    "a slash in a name": Mistake(layers("{Dense: 3, name: a/b}"), "bad-name", "a_b"),
    "a number for a name": Mistake(layers("{Dense: 3, name: 5}"), "bad-name", "quotes"),
    "Flatten and Dense after an unknown length": Mistake(
        layers("Flatten", "Dense: 3", top="input: [null, 8]\n"), "unknown-length",
        "GlobalAveragePooling1D"),
    "a backward layer that goes forward": Mistake(
        layers("Bidirectional: {layer: {LSTM: 3}, backward_layer: {LSTM: 3}}"), "backward-layer",
        "go_backwards: true"),
    "h and c swapped": Mistake(
        layers(ENCODER, "{LSTM: 8, from: target, initial_state: [enc.c, enc.h]}", top=SOURCE_TARGET),
        "states-swapped", "[enc.h, enc.c]", severity="warning"),
    "ids that decode feeds, masked": Mistake(
        layers("Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}",
               "GRU: {units: 6, return_sequences: true, return_state: true}", "Dense: 9",
               top="input: {shape: [null], dtype: int32, below: 9}\n"
                   "decode: {input: input, steps: 5, first: 1}\n"),
        "decode-ignores-mask", "leave mask_zero out", severity="warning"),
    "vectors that decode feeds, masked": Mistake(
        layers("Masking", "GRU: {units: 8, return_sequences: true, return_state: true}",
               top="input: [null, 8]\ndecode: {input: input, steps: 5, first: 1}\n"),
        "decode-ignores-mask", "leave masking out", severity="warning"),
    "int8 alone": Mistake(
        layers("Dense: {units: 3, dtype: int8}"), "wrong-value", "int8_from_float32"),
    "int4 in blocks alone": Mistake(
        layers("Dense: {units: 3, dtype: int4/128}"), "wrong-value", "int4/128_from_float32"),
    "float8 by its format": Mistake(
        layers("Dense: {units: 3, dtype: float8_e4m3fn}"), "wrong-value", "float8_from_float32"),
    "an int8 LSTM": Mistake(layers("LSTM: {units: 3, dtype: int8}"), "wrong-value", "float32"),
    "a quantized LSTM": Mistake(
        layers("LSTM: {units: 3, dtype: int8_from_mixed_bfloat16}"), "wrong-dtype",
        "mixed_bfloat16"),
    "int8 of float16": Mistake(
        layers("Dense: {units: 3, dtype: int8_from_mixed_float16}"), "wrong-value",
        "int8_from_float32"),
    "a quantized Dense at each step": Mistake(
        layers("TimeDistributed: {Dense: {units: 3, dtype: int8_from_float32}}"), "wrong-dtype",
        "leave TimeDistributed out", severity="warning"),
    "a quantized EinsumDense at each step": Mistake(
        layers("TimeDistributed: {EinsumDense: {equation: 'ab,bc->ac', output_shape: 3, "
               "dtype: int4_from_float32}}"),
        "wrong-dtype", "dtype: float32", severity="warning"),
    "a float8 Embedding": Mistake(
        layers("Embedding: {input_dim: 9, output_dim: 4, dtype: float8_from_float32}", top=IDS),
        "wrong-dtype", "int8_from_float32"),
    "float8 with LoRA": Mistake(
        layers("Dense: {units: 3, dtype: float8_from_float32, lora_rank: 2}"), "wrong-value",
        "leave lora_rank out"),
    "LoRA with a constraint": Mistake(
        layers("Dense: {units: 3, kernel_constraint: non_neg, lora_rank: 2}"), "wrong-value",
        "leave kernel_constraint out"),
    "int8 with an ellipsis": Mistake(
        layers("EinsumDense: {equation: '...b,bc->...c', output_shape: 3, "
               "dtype: int8_from_float32}"),
        "wrong-value", "a letter", no_edit=True),
    "the states of an LSTM to a GRU": Mistake(
        layers(ENCODER, "{GRU: 8, from: target, initial_state: enc.states}", top=SOURCE_TARGET),
        "states-ignored", "enc.h"),
    "a sequence for a state": Mistake(
        layers("{GRU: {units: 8, return_sequences: true, return_state: true}, name: enc, "
               "from: source}",
               "{GRU: 8, from: target, initial_state: enc}", top=SOURCE_TARGET),
        "state-is-sequence", "enc.h"),
    "Dense with a state": Mistake(
        layers(ENCODER, "{LSTM: 8, from: target, initial_state: enc.states}",
               "{Dense: 8, initial_state: enc.h}", top=SOURCE_TARGET),
        "keeps-no-state"),
}  # fmt: skip

MISTAKES = {
    f"{group}: {name}": mistake
    for group, mistakes in {
        "input": INPUTS, "top": TOP, "python": PYTHON, "torch": TORCH, "keras": KERAS,
    }.items()
    for name, mistake in mistakes.items()
}  # fmt: skip
