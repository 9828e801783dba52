"""The Keras that ``rnncli build configs/many_to_one.yaml`` stands for, as one would write it."""

import sys

import keras

model = keras.Sequential(
    [
        keras.Input((5, 8)),
        keras.layers.LSTM(3),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.summary()
if "run" in sys.argv:
    print(model(keras.random.normal((1, 5, 8))).shape)
