"""The Keras scripts that ``rnncli build configs/NAME.yaml`` stands for, as one would write them."""

import sys

import keras
from keras import layers

STACKS = {
    "many_to_one": lambda: [
        keras.Input((5, 8)),
        layers.LSTM(3),
        layers.Dense(10, activation="softmax"),
    ],
    "many_to_many": lambda: [
        keras.Input((500, 8)),
        layers.LSTM(10, return_sequences=True),
        layers.Dense(20, activation="softmax"),
    ],
    "stacked": lambda: [
        keras.Input((5, 8)),
        layers.LSTM(128, return_sequences=True),
        layers.LSTM(256, return_sequences=True),
        layers.LSTM(512),
        layers.Dense(10, activation="softmax"),
    ],
}

if __name__ == "__main__":
    model = keras.Sequential(STACKS[sys.argv[1]]())
    model.summary()
    if "run" in sys.argv:
        print(model(keras.random.normal((1, *model.input_shape[1:]))).shape)
