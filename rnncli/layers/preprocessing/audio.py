"""Layers that turn sounds into spectrograms: STFTSpectrogram and MelSpectrogram."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, product, shown
from rnncli.rules.formulas import count_formula
from rnncli.rules.requirements import known_size, require_rank
from rnncli.rules.rule import LayerCall, LayerPlan, Rule
from rnncli.rules.sizes import at_least
from rnncli.rules.tensors import is_vague
from rnncli.rules.weights import make_weight


def stft_spectrogram(call: LayerCall) -> LayerPlan:
    """(batch, samples, channels) → (batch, frames, bins·channels): a convolution by sines, cosines.

    A frame of frame_length samples has fft_length // 2 + 1 bins; in mode stft, of two numbers each.
    """
    require_rank(call, 3, shape="sounds (batch, samples, channels)")
    if call.x.dtype not in ("float16", "float32", "float64"):
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} reads float16, float32 or float64, but {call.x.dtype} reaches it",
            "give the input dtype: float32",
        )
    first = call["data_format"] == "channels_first"
    channels = known_size(call, 1 if first else -1, "channel")
    frame, step, bins = _frames(call)
    frames = _count(call, call.x.axes[2 if first else 1], frame, step)
    weights = [
        make_weight(call, name, "frame_length × 1 × bins", (frame, 1, bins))
        for name, other in (("real_kernel", "imag"), ("imag_kernel", "real"))
        if call["mode"] != other
    ]
    numbers = 2 * bins if call["mode"] == "stft" else bins
    if call["mode"] == "psd":
        numbers = max(bins, 2)
    if call["expand_dims"]:
        behind: Shape = (channels, frames, numbers) if first else (frames, numbers, channels)
    else:
        behind = (numbers * channels, frames) if first else (frames, numbers * channels)
    formula = f"{len(weights)}·frame_length·bins" if len(weights) > 1 else "frame_length·bins"
    return LayerPlan(
        (call.output((call.x.axes[0], *behind)),),
        weights=tuple(weights),
        formula=count_formula(formula, frame_length=frame, bins=bins),
        macs=product((call.x.axes[0], frames, len(weights) * frame * bins * channels)),
    )


def _frames(call: LayerCall) -> tuple[int, int, int]:
    """The length of a frame, the step to the next one, and the number of its bins."""
    frame: int = call["frame_length"]
    step = frame // 2 if call["frame_step"] is None else call["frame_step"]
    if not 0 < step <= frame:
        call.refuse(
            "wrong-value",
            f"{call.layer.label} steps {step} samples on from one frame of {frame} to the next",
            f"set frame_step to a number from 1 to {frame}",
            argument="frame_step",
        )
    fft_length = call["fft_length"]
    if fft_length is not None and fft_length < frame:
        call.refuse(
            "wrong-value",
            f"fft_length of {call.layer.label} is less than its frame_length of {frame}",
            "give it a power of two of at least the frame_length, or leave it out",
            argument="fft_length",
        )
    _check_window(call, frame, "frame_length")
    fft = fft_length or 2 ** math.ceil(math.log2(frame))
    return frame, step, fft // 2 + 1


def _count(call: LayerCall, samples: Axis, frame: int, step: int) -> Axis:
    """The number of frames that fit into the sound, or that begin in it where it is padded."""
    if samples is None:
        return None
    if call["padding"] == "same":
        return -(-samples // step)
    if not at_least(samples, frame):
        call.refuse(
            "too-short",
            f"{call.layer.label} reads frames of {frame} samples, and its input "
            f"{shown(call.x.shape)} has {samples}",
            "give it a longer sound or a smaller frame_length, or padding: same",
        )
    return (samples - frame) // step + 1


def mel_spectrogram(call: LayerCall) -> LayerPlan:
    """(batch, samples) → (batch, num_mel_bins, frames), a frame every sequence_stride samples."""
    require_rank(call, *range(1, 6), shape="sounds (batch, …, samples) of 5 axes at most")
    fft: int = call["fft_length"]
    length = call["sequence_length"] or fft
    if length > fft:
        call.refuse(
            "wrong-value",
            f"fft_length of {call.layer.label} is less than its sequence_length of {length}",
            "give it a power of two of at least the sequence_length",
            argument="fft_length",
        )
    _check_window(call, length, "sequence_length")
    if call["power_to_db"] and call.compute == "float64":
        call.refuse(
            "wrong-dtype",
            f"Keras cannot compute the decibels of {call.layer.label} in float64",
            "give it another dtype, or power_to_db: false",
            argument="dtype",
        )
    samples = call.x.axes[-1]
    frames: Axis = None
    if samples is not None:
        # The sound is mirrored at both ends, so that the first frame is centred on its start.
        ends = fft // 2
        if not at_least(samples, ends + 1):
            call.refuse(
                "too-short",
                f"{call.layer.label} needs more than {ends} samples for its fft_length of {fft}, "
                f"and reads {shown(call.x.shape)}",
                "give it a longer sound, or a smaller fft_length",
            )
        frames = (samples + 2 * ends - fft) // call["sequence_stride"] + 1
    shape = (*call.x.axes[:-1], call["num_mel_bins"], frames)
    inferred = _inferred_bands(call)
    output = call.output(shape, inferred=None if is_vague(inferred, shape) else inferred)
    # MACs count a product with the fixed matrix from bins to bands, but no Fourier transform.
    return LayerPlan((output,), macs=product((*shape, fft // 2 + 1)))


def _inferred_bands(call: LayerCall) -> Shape:
    """The shape that Keras infers: it counts frames differently, and takes axis 1 for samples."""
    x, bands, stride = call.x.axes, call["num_mel_bins"], call["sequence_stride"]
    samples = x[min(1, len(x) - 1)]
    frames = None if samples is None else (samples + stride + 1) // stride
    return (bands, frames) if len(x) == 1 else (x[0], bands, frames)


def _check_window(call: LayerCall, length: int, what: str) -> None:
    window = call["window"]
    if isinstance(window, list) and len(window) != length:
        call.refuse(
            "wrong-value",
            f"window of {call.layer.label} has {len(window)} numbers, and its {what} is {length}",
            "give one number for each sample, or a name such as hann",
            argument="window",
        )


RULES: Mapping[str, Rule] = {
    "MelSpectrogram": mel_spectrogram,
    "STFTSpectrogram": stft_spectrogram,
}
