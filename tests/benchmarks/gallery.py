"""The Keras scripts that ``rnncli build configs/gallery/NAME.yaml`` stands for.

``python -m tests.benchmarks.gallery NAME``: the model is built and predicts on a random batch of
one, where a length that is not known is 200.
"""

import sys

import keras
import numpy as np
from keras import Input, layers

LENGTH = 200


def addition_rnn():
    x = given = Input((7, 12))
    x = layers.LSTM(128)(x)
    x = layers.RepeatVector(4)(x)
    x = layers.LSTM(128, return_sequences=True)(x)
    return keras.Model(given, layers.Dense(12, activation="softmax")(x))


def captcha_crnn():
    x = given = Input((200, 50, 1))
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(2)(x)
    x = layers.Reshape((50, 768))(x)
    x = layers.Dense(64, activation="relu")(x)
    x = layers.Dropout(0.2)(x)
    for units in (128, 64):
        x = layers.Bidirectional(layers.LSTM(units, return_sequences=True, dropout=0.25))(x)
    return keras.Model(given, layers.Dense(21, activation="softmax")(x))


def char_seq2seq():
    english, french = Input((None, 71)), Input((None, 93))
    _, *states = layers.LSTM(256, return_state=True)(english)
    decoder = layers.LSTM(256, return_sequences=True, return_state=True)
    x, *_ = decoder(french, initial_state=states)
    return keras.Model([english, french], layers.Dense(93, activation="softmax")(x))


def conv_lstm():
    x = given = Input((None, 64, 64, 1))
    for number, size in enumerate((5, 3, 1)):
        x = layers.ConvLSTM2D(64, size, padding="same", activation="relu", return_sequences=True)(x)
        if number < 2:
            x = layers.BatchNormalization()(x)
    x = layers.Conv3D(1, 3, activation="sigmoid", padding="same")(x)
    return keras.Model(given, x)


def deepspeech2():
    x = given = Input((None, 193))
    x = layers.Reshape((-1, 193, 1))(x)
    for size, strides in (((11, 41), (2, 2)), ((11, 21), (1, 2))):
        x = layers.Conv2D(32, size, strides=strides, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    x = layers.Reshape((-1, 1568))(x)
    for number in range(5):
        x = layers.Bidirectional(layers.GRU(512, return_sequences=True))(x)
        if number < 4:
            x = layers.Dropout(0.5)(x)
    x = layers.ReLU()(layers.Dense(1024)(x))
    x = layers.Dropout(0.5)(x)
    return keras.Model(given, layers.Dense(32, activation="softmax")(x))


def imdb_bidirectional():
    x = given = Input((None,), dtype="int32")
    x = layers.Embedding(20000, 128)(x)
    x = layers.Bidirectional(layers.LSTM(64, return_sequences=True))(x)
    x = layers.Bidirectional(layers.LSTM(64))(x)
    return keras.Model(given, layers.Dense(1, activation="sigmoid")(x))


def luong_translator():
    english, vietnamese = Input((None,), dtype="int32"), Input((None,), dtype="int32")
    x = layers.Embedding(17191, 512, mask_zero=True)(english)
    encoder = layers.Bidirectional(layers.LSTM(512, return_sequences=True, return_state=True))
    encoded, forward_h, forward_c, backward_h, backward_c = encoder(x)
    memory = layers.Dense(512, use_bias=False)(encoded)
    x = layers.Embedding(7709, 512)(vietnamese)
    x, *_ = layers.LSTM(512, return_sequences=True, return_state=True)(
        x, initial_state=[forward_h, forward_c]
    )
    x, *_ = layers.LSTM(512, return_sequences=True, return_state=True)(
        x, initial_state=[backward_h, backward_c]
    )
    context = layers.Attention(use_scale=True)([x, memory])
    x = layers.Concatenate()([x, context])
    x = layers.Dense(512, activation="tanh", use_bias=False)(x)
    return keras.Model([english, vietnamese], layers.Dense(7709, use_bias=False)(x))


def text_generation():
    x = given = Input((None,), dtype="int32")
    x = layers.Embedding(66, 256)(x)
    x, _ = layers.GRU(1024, return_sequences=True, return_state=True)(x)
    return keras.Model(given, layers.Dense(66)(x))


def timeseries_transformer():
    x = given = Input((500, 1))
    for _ in range(4):
        start = x
        x = layers.LayerNormalization(epsilon=1e-6)(x)
        x = layers.MultiHeadAttention(num_heads=4, key_dim=256, dropout=0.25)(x, x)
        x = layers.Dropout(0.25)(x)
        residual = layers.Add()([x, start])
        x = layers.LayerNormalization(epsilon=1e-6)(residual)
        x = layers.Conv1D(4, 1, activation="relu")(x)
        x = layers.Dropout(0.25)(x)
        x = layers.Conv1D(1, 1)(x)
        x = layers.Add()([x, residual])
    x = layers.GlobalAveragePooling1D(data_format="channels_first")(x)
    x = layers.Dense(128, activation="relu")(x)
    x = layers.Dropout(0.4)(x)
    return keras.Model(given, layers.Dense(2, activation="softmax")(x))


def wavenet():
    x = given = Input((None, 1))
    for dilation in (1, 2, 4, 8) * 2:
        x = layers.Conv1D(20, 2, padding="causal", activation="relu", dilation_rate=dilation)(x)
    return keras.Model(given, layers.Conv1D(10, 1)(x))


def weather_lstm():
    x = given = Input((120, 7))
    x = layers.LSTM(32)(x)
    return keras.Model(given, layers.Dense(1)(x))


def batch(tensor):
    """Random numbers, or ids, for an input of the model."""
    shape = [LENGTH if size is None else size for size in (1, *tensor.shape[1:])]
    if tensor.dtype == "int32":
        return np.random.randint(1, 60, shape)
    return np.random.standard_normal(shape).astype("float32")


if __name__ == "__main__":
    model = globals()[sys.argv[1]]()
    model.summary()
    found = model.predict([batch(each) for each in model.inputs], verbose=0)
    print(found.shape)
