"""Models of Keras 2 as configs: every recurrent layer, wrapper and option that both have."""

from __future__ import annotations

SEQUENCE = "input: [6, 4]\n"
WORDS = "input: {shape: [6], dtype: int32, below: 9}\n"
RECURRENT = ("SimpleRNN", "LSTM", "GRU")
OPTIONS = (
    "",
    "return_sequences: true",
    "go_backwards: true",
    "return_sequences: true, go_backwards: true",
    "use_bias: false",
    "unroll: true",
    "activation: relu",
    "dropout: 0.3, recurrent_dropout: 0.2",
)
MODES = ("concat", "sum", "mul", "ave")


def _units(options: str) -> str:
    return "{units: 3" + (f", {options}" if options else "") + "}"


#: Without hard_sigmoid, by name.
SAME: dict[str, str] = {
    **{
        f"{cls} {options}".strip(): f"{SEQUENCE}layers: [{cls}: {_units(options)}]"
        for cls in RECURRENT
        for options in OPTIONS
    },
    **{
        f"{cls} states": f"{SEQUENCE}layers:\n  - {cls}: {_units('return_state: true')}\n"
        f"    name: rnn\noutputs: [rnn, rnn.h{', rnn.c' if cls == 'LSTM' else ''}]"
        for cls in RECURRENT
    },
    **{
        f"{cls} stateful": f"batch: 2\n{SEQUENCE}layers: [{cls}: {_units('stateful: true')}]"
        for cls in RECURRENT
    },
    "GRU reset before": f"{SEQUENCE}layers: [GRU: {_units('reset_after: false')}]",
    "GRU reset before, no bias": (
        f"{SEQUENCE}layers: [GRU: {_units('reset_after: false, use_bias: false')}]"
    ),
    **{
        f"masked {cls} {options}".strip(): f"{WORDS}layers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}\n"
        f"  - {cls}: {_units(options)}"
        for cls in RECURRENT
        for options in ("", "return_sequences: true", "go_backwards: true")
    },
    "Masking": f"{SEQUENCE}layers: [Masking: 0.5, LSTM: 3]",
    "masked Bidirectional": (
        f"{WORDS}layers:\n  - Embedding: {{input_dim: 9, output_dim: 4, mask_zero: true}}\n"
        "  - Bidirectional: {GRU: {units: 3, return_sequences: true}}\n"
        "  - Bidirectional: {LSTM: 2}"
    ),
    "masked TimeDistributed": (
        f"{WORDS}layers:\n  - Embedding: {{input_dim: 9, output_dim: 4, mask_zero: true}}\n"
        "  - TimeDistributed: {Dense: 3}\n  - LSTM: 2"
    ),
    **{
        f"Bidirectional {cls} {mode}": f"{SEQUENCE}layers:\n"
        f"  - Bidirectional: {{layer: {{{cls}: 3}}, merge_mode: {mode}}}"
        for cls in RECURRENT
        for mode in MODES
    },
    "Bidirectional split": (
        f"{SEQUENCE}layers:\n  - Bidirectional: {{layer: {{LSTM: 3}}, merge_mode: null}}\n"
        "    name: both\noutputs: [both.forward, both.backward]"
    ),
    "Bidirectional states": (
        f"{SEQUENCE}layers:\n"
        "  - Bidirectional: {LSTM: {units: 3, return_sequences: true, return_state: true}}\n"
        "    name: both\n"
        "outputs: [both, both.forward_h, both.forward_c, both.backward_h, both.backward_c]"
    ),
    "Bidirectional of two": (
        f"{SEQUENCE}layers:\n  - Bidirectional: {{layer: {{LSTM: 3}}, "
        "backward_layer: {GRU: {units: 3, go_backwards: true}}}"
    ),
    **{
        f"RNN of {cell}": f"{SEQUENCE}layers: [RNN: {{cell: {{{cell}: 3}}, return_sequences: true}}]"
        for cell in ("SimpleRNNCell", "LSTMCell", "GRUCell")
    },
    "RNN of cells": (
        f"{SEQUENCE}layers:\n"
        "  - RNN: {cell: [{LSTMCell: 3}, {GRUCell: 2}, {SimpleRNNCell: 4}], return_state: true}\n"
        "    name: rnn\noutputs: [rnn, rnn.h_0, rnn.c_0, rnn.h_1]"
    ),
    "StackedRNNCells": (
        f"{SEQUENCE}layers:\n"
        "  - RNN: {cell: {StackedRNNCells: {cells: [{LSTMCell: 3}, {GRUCell: 2}]}}}"
    ),
    "Bidirectional RNN": (
        f"{SEQUENCE}layers:\n  - Bidirectional: {{RNN: {{cell: {{LSTMCell: 3}}}}}}"
    ),
    "TimeDistributed LSTM": "input: [3, 6, 4]\nlayers: [TimeDistributed: {LSTM: 3}]",
    "TimeDistributed Bidirectional": (
        "input: [3, 6, 4]\nlayers: [TimeDistributed: {Bidirectional: {LSTM: 3}}, GRU: 2]"
    ),
    "TimeDistributed Conv1D": "input: [3, 6, 4]\nlayers: [TimeDistributed: {Conv1D: [2, 3]}]"
    .replace("[2, 3]", "{filters: 2, kernel_size: 3}"),
    "initial state": (
        "inputs: {source: [5, 4], target: [6, 4]}\nlayers:\n"
        "  - LSTM: {units: 3, return_state: true}\n    name: encoder\n    from: source\n"
        "  - LSTM: {units: 3, return_sequences: true}\n    name: decoder\n    from: target\n"
        "    initial_state: [encoder.h, encoder.c]\n"
        "  - Dense: {units: 5, activation: softmax}"
    ),
    "initial state of GRU": (
        "inputs: {source: [5, 4], state: [3]}\nlayers:\n"
        "  - GRU: {units: 3, return_sequences: true}\n    from: source\n"
        "    initial_state: [state]"
    ),
    "nested model": (
        "inputs: {a: [6, 4], b: [6, 4]}\nlayers:\n"
        "  - model:\n      input: [6, 4]\n"
        "      layers: [LSTM: {units: 3, return_sequences: true}, BatchNormalization, "
        "GRU: 2, BatchNormalization]\n"
        "    name: tower\n    from: a\n"
        "  - use: tower\n    name: again\n    from: b\n"
        "  - Concatenate\n    from: [tower, again]\n"
        "  - Dense: 2"
    ).replace("- Concatenate\n", "- Concatenate: {}\n"),
    "model in TimeDistributed": (
        "input: [3, 6, 4]\nlayers:\n"
        "  - TimeDistributed:\n      model:\n        input: [6, 4]\n"
        "        layers: [LSTM: {units: 3, return_sequences: true}, BatchNormalization: {}, "
        "GRU: 2, BatchNormalization: {}]\n"
        "  - LSTM: 2"
    ),
    "shared layer": (
        "inputs: {a: [6, 4], b: [5, 4]}\nlayers:\n"
        "  - LSTM: 3\n    name: shared\n    from: a\n"
        "  - use: shared\n    name: again\n    from: b\n"
        "  - Subtract: {}\n    from: [shared, again]"
    ),
    "BatchNormalization": f"{SEQUENCE}layers: [Conv1D: {{filters: 3, kernel_size: 2}}, "
    "BatchNormalization, LSTM: 3]",
    "LayerNormalization": f"{SEQUENCE}layers: [LSTM: {_units('return_sequences: true')}, "
    "LayerNormalization, Dense: 2]",
    "SeparableConv1D": f"{SEQUENCE}layers: [SeparableConv1D: {{filters: 3, kernel_size: 2}}, GRU: 2]",
    "Attention": (
        "inputs: {a: [6, 4], b: [5, 4]}\nlayers:\n"
        "  - Attention: {use_scale: true}\n    from: [a, b]\n  - LSTM: 3"
    ),
    "AdditiveAttention": (
        "inputs: {a: [6, 4], b: [5, 4]}\nlayers:\n"
        "  - AdditiveAttention: {}\n    from: [a, b]\n  - LSTM: 3"
    ),
    "MultiHeadAttention": (
        "inputs: {a: [6, 4], b: [5, 4]}\nlayers:\n"
        "  - MultiHeadAttention: {num_heads: 2, key_dim: 3}\n    from: [a, b]\n  - LSTM: 3"
    ),
    "ConvLSTM1D": "input: [5, 6, 2]\nlayers: [ConvLSTM1D: {filters: 2, kernel_size: 3, "
    "recurrent_activation: sigmoid, return_sequences: true}]",
    "ConvLSTM2D": "input: [5, 6, 6, 2]\nlayers: [ConvLSTM2D: {filters: 2, kernel_size: 3, "
    "recurrent_activation: sigmoid}]",
}  # fmt: skip

#: Those of SAME where Keras 3 adds up in another order.
ROUNDED = {
    "GRU dropout: 0.3, recurrent_dropout: 0.2",
    "TimeDistributed LSTM",
    "model in TimeDistributed",
    "LayerNormalization",
    "MultiHeadAttention",
    "ConvLSTM1D",
    "ConvLSTM2D",
}

HARD = "recurrent_activation: hard_sigmoid"
#: With hard_sigmoid, whose numbers are another function's in Keras 3.
CHANGED: dict[str, str] = {
    **{
        f"{cls} {options}".strip(): f"{SEQUENCE}layers: [{cls}: {_units(', '.join(filter(None, (HARD, options))))}]"
        for cls in ("LSTM", "GRU")
        for options in (*OPTIONS[:5], "return_sequences: true, unroll: true")
    },
    "GRU of both": f"{SEQUENCE}layers: [GRU: {_units(HARD + ', activation: hard_sigmoid')}]",
    "GRU reset before": f"{SEQUENCE}layers: [GRU: {_units(HARD + ', reset_after: false')}]",
    "SimpleRNN": f"{SEQUENCE}layers: [SimpleRNN: {_units('activation: hard_sigmoid')}]",
    "masked Bidirectional": (
        f"{WORDS}layers:\n  - Embedding: {{input_dim: 9, output_dim: 4, mask_zero: true}}\n"
        f"  - Bidirectional: {{LSTM: {_units(HARD)}}}"
    ),
    "RNN of cells": (
        f"{SEQUENCE}layers:\n"
        f"  - RNN: {{cell: [{{LSTMCell: {_units(HARD)}}}, {{GRUCell: {_units(HARD)}}}]}}"
    ),
    "TimeDistributed": f"input: [3, 6, 4]\nlayers: [TimeDistributed: {{LSTM: {_units(HARD)}}}]",
    "ConvLSTM2D": "input: [5, 6, 6, 2]\nlayers: [ConvLSTM2D: {filters: 2, kernel_size: 3, "
    f"{HARD}}}]",
    "Dense": f"{SEQUENCE}layers: [Dense: {_units('activation: hard_sigmoid')}, LSTM: 2]",
    "Conv1D": f"{SEQUENCE}layers: [Conv1D: {{filters: 3, kernel_size: 2, activation: hard_sigmoid}}]",
    "SeparableConv1D": f"{SEQUENCE}layers: [SeparableConv1D: {{filters: 3, kernel_size: 2, "
    "activation: hard_sigmoid}]",
    "Activation behind a mask": (
        f"{WORDS}layers:\n  - Embedding: {{input_dim: 9, output_dim: 4, mask_zero: true}}\n"
        "  - Activation: hard_sigmoid\n  - LSTM: 3"
    ),
    "nested model": (
        f"input: [6, 4]\nlayers:\n  - model:\n      input: [6, 4]\n"
        f"      layers: [LSTM: {_units(HARD)}, Activation: hard_sigmoid]\n    name: inner\n"
        "  - Dense: 2"
    ),
    "shared layer": (
        "inputs: {a: [6, 4], b: [5, 4]}\nlayers:\n"
        f"  - LSTM: {_units(HARD)}\n    name: shared\n    from: a\n"
        "  - use: shared\n    name: again\n    from: b\n"
        "  - Subtract: {}\n    from: [shared, again]"
    ),
}  # fmt: skip

#: With hard_sigmoid where no scaling of weights makes up for it.
REFUSED: dict[str, str] = {
    "LSTM": f"{SEQUENCE}layers: [LSTM: {_units('activation: hard_sigmoid')}]",
    "Bidirectional": f"{SEQUENCE}layers: [Bidirectional: {{LSTM: {_units('activation: hard_sigmoid')}}}]",
    "ConvLSTM2D": "input: [5, 6, 6, 2]\nlayers: [ConvLSTM2D: {filters: 2, kernel_size: 3, "
    "activation: hard_sigmoid}]",
    "TimeDistributed": f"{SEQUENCE}layers: [TimeDistributed: {{Activation: hard_sigmoid}}]",
}  # fmt: skip
