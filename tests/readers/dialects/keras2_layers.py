"""Models for live Keras 2 to write: every layer that Keras 3 has as well, by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

IMAGE = (8, 6, 3)
VOLUME = (6, 6, 6, 2)
SEQUENCE = (5, 8)


@dataclass(frozen=True)
class OneLayer:
    """A layer of Keras 2, its arguments, and the shape that it reads."""

    cls: str
    arguments: dict[str, Any]
    shape: tuple[int | None, ...] | list[tuple[int, ...]] = SEQUENCE
    dtype: str = "float32"

    def __str__(self) -> str:
        words = "-".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"{self.cls}-{words}"[:70]

    def model(self, keras2: Any) -> Any:
        """The model of this layer alone, made by ``keras2``."""
        layers = keras2.layers
        shapes = self.shape if isinstance(self.shape, list) else [self.shape]
        inputs = [
            layers.Input(shape, dtype=self.dtype, name=f"in{i}") for i, shape in enumerate(shapes)
        ]
        arguments = {name: _made(layers, value) for name, value in self.arguments.items()}
        layer = getattr(layers, self.cls)(**arguments, name="it")
        if self.cls == "MultiHeadAttention":
            out = layer(*inputs)
        else:
            out = layer(inputs if len(inputs) > 1 else inputs[0])
        return keras2.Model(inputs, out)


def _made(layers: Any, value: Any) -> Any:
    if isinstance(value, OneLayer):
        arguments = {name: _made(layers, inner) for name, inner in value.arguments.items()}
        return getattr(layers, value.cls)(**arguments)
    if isinstance(value, list) and value and isinstance(value[0], OneLayer):
        return [_made(layers, inner) for inner in value]
    return value


def layer(cls: str, shape: Any = SEQUENCE, dtype: str = "float32", **arguments: Any) -> OneLayer:
    return OneLayer(cls, arguments, shape, dtype)


REGULARIZED = {
    "kernel_regularizer": "l2",
    "bias_regularizer": "l1",
    "activity_regularizer": "l1_l2",
    "kernel_constraint": "max_norm",
    "bias_constraint": "non_neg",
    "kernel_initializer": "he_normal",
    "bias_initializer": "ones",
}
CELLS = ["SimpleRNNCell", "GRUCell", "LSTMCell"]

ONE_LAYER = [
    layer("Dense", units=4),
    layer("Dense", units=4, activation="relu", use_bias=False),
    layer("Dense", units=4, **REGULARIZED),
    layer("Dense", units=4, activation="hard_sigmoid"),
    *[
        layer("Activation", activation=name)
        for name in (
            "elu", "exponential", "gelu", "hard_sigmoid", "linear", "mish", "relu", "selu",
            "sigmoid", "softmax", "softplus", "softsign", "swish", "tanh",
        )
    ],
    layer("ActivityRegularization", l1=0.1, l2=0.2),
    layer("ELU", alpha=0.5),
    layer("LeakyReLU"),
    layer("LeakyReLU", alpha=0.1),
    layer("PReLU"),
    layer("PReLU", shape=IMAGE, shared_axes=[1, 2], alpha_initializer="ones"),
    layer("ReLU", max_value=6.0, negative_slope=0.1, threshold=0.5),
    layer("Softmax"),
    layer("Softmax", axis=1),
    layer("ThresholdedReLU", theta=0.5),
    layer("Dropout", rate=0.3),
    layer("Dropout", rate=0.3, noise_shape=(None, 1, 8), seed=3),
    layer("AlphaDropout", rate=0.3),
    layer("GaussianDropout", rate=0.3),
    layer("GaussianNoise", stddev=0.3),
    layer("SpatialDropout1D", rate=0.3),
    layer("SpatialDropout2D", shape=IMAGE, rate=0.3),
    layer("SpatialDropout3D", shape=VOLUME, rate=0.3),
    layer("Flatten"),
    layer("Flatten", shape=IMAGE, data_format="channels_first"),
    layer("Permute", dims=(2, 1)),
    layer("Reshape", target_shape=(4, 10)),
    layer("Reshape", target_shape=(-1,)),
    layer("RepeatVector", shape=(4,), n=3),
    layer("Identity"),
    layer("Masking", mask_value=0.5),
    layer("Embedding", shape=(5,), dtype="int32", input_dim=10, output_dim=4),
    layer("Embedding", shape=(5,), dtype="int64", input_dim=10, output_dim=4, mask_zero=True, input_length=5),
    *[
        layer(cls, shape=[(5, 8), (5, 8)])
        for cls in ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract")
    ],
    layer("Concatenate", shape=[(5, 8), (4, 8)], axis=1),
    layer("Dot", shape=[(5, 8), (5, 8)], axes=1),
    layer("Dot", shape=[(5, 8), (8, 5)], axes=(1, 2), normalize=True),
    layer("Attention", shape=[(5, 8), (4, 8)]),
    layer("Attention", shape=[(5, 8), (4, 8)], use_scale=True, score_mode="concat", dropout=0.1),
    layer("AdditiveAttention", shape=[(5, 8), (4, 8)]),
    layer("AdditiveAttention", shape=[(5, 8), (4, 8)], use_scale=False),
    layer("MultiHeadAttention", shape=[(5, 8), (4, 8)], num_heads=2, key_dim=3),
    layer(
        "MultiHeadAttention", shape=[(5, 8), (4, 8)], num_heads=2, key_dim=3, value_dim=5,
        dropout=0.1, use_bias=False, output_shape=7, kernel_initializer="he_normal",
    ),
    layer("MultiHeadAttention", shape=[(4, 5, 8), (4, 5, 8)], num_heads=2, key_dim=3,
          attention_axes=(2,)),
    layer("BatchNormalization"),
    layer("BatchNormalization", shape=IMAGE, axis=1, momentum=0.9, epsilon=1e-5),
    layer("BatchNormalization", center=False, scale=False, gamma_initializer="zeros"),
    layer("BatchNormalization", gamma_regularizer="l2", beta_constraint="non_neg"),
    layer("BatchNormalization", renorm=True),
    layer("BatchNormalization", shape=IMAGE, fused=False, virtual_batch_size=None),
    layer("BatchNormalization", synchronized=True),
    layer("LayerNormalization"),
    layer("LayerNormalization", axis=[1, 2], epsilon=1e-5, center=False),
    layer("GroupNormalization", shape=IMAGE, groups=3),
    layer("GroupNormalization", shape=IMAGE, groups=-1, axis=1),
    layer("UnitNormalization"),
    layer("UnitNormalization", axis=[1, 2]),
    layer("Normalization", mean=0.5, variance=2.0),
    layer("Normalization", axis=None, mean=0.5, variance=2.0, invert=True),
    layer("Normalization"),
    layer("EinsumDense", equation="abc,cd->abd", output_shape=(None, 6), bias_axes="d"),
    layer("EinsumDense", equation="...x,xy->...y", output_shape=6, activation="tanh",
          **REGULARIZED),
    *[
        layer(f"Conv{rank}D{suffix}", shape=shape, filters=4, kernel_size=3, **arguments)
        for rank, shape in enumerate([SEQUENCE, IMAGE, VOLUME], 1)
        for suffix in ("", "Transpose")
        for arguments in (
            {},
            {"strides": 2, "padding": "same", "activation": "relu", "use_bias": False},
            {"strides": 2, "padding": "valid"},
            {"dilation_rate": 2, "padding": "same"},
        )
    ],
    layer("Conv1D", filters=4, kernel_size=3, padding="causal", groups=2, **REGULARIZED),
    layer("Conv1D", filters=4, kernel_size=4, padding="same", strides=3),
    layer("Conv2D", shape=(6, 8, 4), filters=4, kernel_size=(3, 2), groups=2),
    layer("Conv1DTranspose", filters=4, kernel_size=3, strides=2, output_padding=1),
    layer("Conv2DTranspose", shape=IMAGE, filters=4, kernel_size=(3, 2), strides=2,
          output_padding=(1, 0)),
    layer("Conv2DTranspose", shape=IMAGE, filters=4, kernel_size=2, strides=3, padding="same"),
    layer("DepthwiseConv1D", kernel_size=3, depth_multiplier=2),
    layer("DepthwiseConv1D", kernel_size=3, strides=2, padding="same", use_bias=False),
    layer("DepthwiseConv2D", shape=IMAGE, kernel_size=3, depth_multiplier=2, activation="relu"),
    layer("DepthwiseConv2D", shape=IMAGE, kernel_size=(3, 2), dilation_rate=2, padding="same",
          depthwise_regularizer="l2"),
    layer("SeparableConv1D", filters=4, kernel_size=3, depth_multiplier=2),
    layer("SeparableConv1D", filters=4, kernel_size=3, padding="causal"),
    layer("SeparableConv1D", filters=4, kernel_size=3, strides=2, padding="same"),
    layer("SeparableConv2D", shape=IMAGE, filters=4, kernel_size=3, pointwise_regularizer="l2"),
    layer("SeparableConv2D", shape=IMAGE, filters=4, kernel_size=3, strides=2, use_bias=False),
    layer("LocallyConnected1D", filters=4, kernel_size=3),
    layer("LocallyConnected2D", shape=IMAGE, filters=4, kernel_size=3),
    *[
        layer(f"{kind}Pooling{rank}D", shape=shape, **arguments)
        for rank, shape in enumerate([SEQUENCE, IMAGE, VOLUME], 1)
        for kind in ("Max", "Average")
        for arguments in ({}, {"pool_size": 3, "strides": 1, "padding": "same"})
    ],
    *[
        layer(f"Global{kind}Pooling{rank}D", shape=shape, keepdims=keepdims)
        for rank, shape in enumerate([SEQUENCE, IMAGE, VOLUME], 1)
        for kind in ("Max", "Average")
        for keepdims in (False, True)
    ],
    layer("GlobalAveragePooling1D", data_format="channels_first"),
    layer("Cropping1D", cropping=(1, 2)),
    layer("Cropping2D", shape=IMAGE, cropping=((1, 2), (0, 1))),
    layer("Cropping3D", shape=VOLUME, cropping=1),
    layer("UpSampling1D", size=3),
    layer("UpSampling2D", shape=IMAGE, size=(2, 3), interpolation="bilinear"),
    layer("UpSampling2D", shape=IMAGE),
    layer("UpSampling3D", shape=VOLUME, size=2),
    layer("ZeroPadding1D", padding=(1, 2)),
    layer("ZeroPadding2D", shape=IMAGE, padding=((1, 2), (0, 1))),
    layer("ZeroPadding3D", shape=VOLUME, padding=1),
    *[
        layer(cls, units=3, **arguments)
        for cls in ("SimpleRNN", "GRU", "LSTM")
        for arguments in (
            {},
            {"return_sequences": True, "return_state": True, "go_backwards": True},
            {"use_bias": False, "dropout": 0.1, "recurrent_dropout": 0.2, "unroll": True},
            {"activation": "relu", "recurrent_regularizer": "l2", "recurrent_constraint": "non_neg",
             "recurrent_initializer": "glorot_uniform", **REGULARIZED},
        )
    ],
    layer("GRU", units=3, reset_after=False),
    layer("GRU", units=3, reset_after=False, use_bias=False),
    layer("GRU", units=3, recurrent_activation="hard_sigmoid"),
    layer("LSTM", units=3, recurrent_activation="hard_sigmoid", unit_forget_bias=False),
    layer("LSTM", units=3, implementation=1),
    layer("LSTM", units=3, time_major=True, return_sequences=True),
    *[layer("RNN", cell=layer(cls, units=3)) for cls in CELLS],
    layer("RNN", cell=[layer("LSTMCell", units=3), layer("GRUCell", units=4)],
          return_sequences=True, return_state=True),
    layer("RNN", cell=layer("StackedRNNCells", cells=[layer(cls, units=3) for cls in CELLS])),
    *[
        layer("Bidirectional", layer=layer(cls, units=3), merge_mode=mode)
        for cls in ("SimpleRNN", "GRU", "LSTM")
        for mode in ("concat", "sum", "mul", "ave")
    ],
    layer("Bidirectional", layer=layer("LSTM", units=3, return_sequences=True, return_state=True),
          merge_mode=None),
    layer("Bidirectional", layer=layer("LSTM", units=3),
          backward_layer=layer("GRU", units=3, go_backwards=True)),
    layer("Bidirectional", layer=layer("RNN", cell=layer("LSTMCell", units=3))),
    layer("TimeDistributed", layer=layer("Dense", units=4)),
    layer("TimeDistributed", layer=layer("LSTM", units=4), shape=(3, 5, 8)),
    layer("TimeDistributed", layer=layer("Conv1D", filters=4, kernel_size=3), shape=(3, 5, 8)),
    layer("TimeDistributed", layer=layer("Bidirectional", layer=layer("GRU", units=4)),
          shape=(3, 5, 8)),
    *[
        layer(f"ConvLSTM{rank}D", shape=(3, *shape), filters=2, kernel_size=3, **arguments)
        for rank, shape in enumerate([SEQUENCE, IMAGE, VOLUME], 1)
        for arguments in (
            {},
            {"recurrent_activation": "sigmoid", "return_sequences": True, "padding": "same"},
        )
    ],
    layer("ConvLSTM2D", shape=(3, *IMAGE), filters=2, kernel_size=(3, 2), return_state=True,
          recurrent_activation="sigmoid", go_backwards=True, dilation_rate=2),
    layer("Bidirectional", shape=(3, *IMAGE),
          layer=layer("ConvLSTM2D", filters=2, kernel_size=3, recurrent_activation="sigmoid")),
    layer("Rescaling", shape=IMAGE, scale=0.1, offset=0.5),
    layer("Resizing", shape=IMAGE, height=4, width=5),
    layer("Resizing", shape=IMAGE, height=4, width=5, interpolation="nearest",
          crop_to_aspect_ratio=True),
    layer("CenterCrop", shape=IMAGE, height=4, width=5),
    layer("RandomBrightness", shape=IMAGE, factor=0.2),
    layer("RandomContrast", shape=IMAGE, factor=0.2),
    layer("RandomCrop", shape=IMAGE, height=4, width=5),
    layer("RandomFlip", shape=IMAGE),
    layer("RandomFlip", shape=IMAGE, mode="horizontal", seed=3),
    layer("RandomRotation", shape=IMAGE, factor=0.2),
    layer("RandomTranslation", shape=IMAGE, height_factor=0.2, width_factor=(0.1, 0.3)),
    layer("RandomZoom", shape=IMAGE, height_factor=0.2),
    layer("RandomHeight", shape=IMAGE, factor=0.2),
    layer("RandomWidth", shape=IMAGE, factor=0.2),
    layer("CategoryEncoding", shape=(5,), dtype="int32", num_tokens=9),
    layer("CategoryEncoding", shape=(1,), dtype="int32", num_tokens=9, output_mode="one_hot"),
    layer("Discretization", shape=(5,), bin_boundaries=[0.0, 0.5, 1.0]),
    layer("Discretization", shape=(5,), bin_boundaries=[0.0, 0.5], output_mode="multi_hot"),
    layer("HashedCrossing", shape=[(1,), (1,)], dtype="int32", num_bins=7),
    layer("Hashing", shape=(5,), dtype="int32", num_bins=7),
    layer("Hashing", shape=(5,), dtype="int32", num_bins=7, salt=[3, 4], mask_value=0),
    layer("IntegerLookup", shape=(5,), dtype="int64", vocabulary=[2, 4, 6]),
    layer("IntegerLookup", shape=(5,), dtype="int64", vocabulary=[2, 4], output_mode="multi_hot"),
    layer("StringLookup", shape=(5,), dtype="string", vocabulary=["a", "b"]),
    layer("TextVectorization", shape=(1,), dtype="string", vocabulary=["a", "b"],
          output_sequence_length=6),
    layer("TextVectorization", shape=(1,), dtype="string", vocabulary=["a", "b"],
          output_mode="tf_idf", idf_weights=[0.5, 0.7]),
]  # fmt: skip
