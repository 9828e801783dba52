"""Times a model in TensorFlow: as a whole, and each layer alone on what it reads in the model.

The whole is a ``keras.Model`` of its own, as ``convert`` writes it: to call the layers one by one,
as ``build`` does to compare them, would cost Python's time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from rnncli.config import ModelSpec
from rnncli.engine.errors import plain, ran_out_of_memory
from rnncli.engine.importing import import_keras
from rnncli.engine.input_tensors import input_tensors
from rnncli.engine.measuring import device_name, has_gpu, peak_memory, timed
from rnncli.engine.passing import BuiltModel, Masks, Pass, call_node, through
from rnncli.engine.random_inputs import symbols
from rnncli.engine.running import seed_all, versions
from rnncli.engine.settings import as_planned
from rnncli.engine.stored_weights import built_layers, copy_weights, layers_of_whole, load_weights
from rnncli.engine.tensors import dtype_of, mask_of, put_mask
from rnncli.engine.tracing import predicted
from rnncli.engine.whole_model import whole_model
from rnncli.model.binding import bind
from rnncli.model.graph import Model, Node
from rnncli.model.lengths import Lengths
from rnncli.model.runnable import runnable
from rnncli.model.tensor_names import is_model
from rnncli.report.profile import How, LayerProfile, PassProfile, PeakMemory, Timing, Work
from rnncli.report.report import Versions
from rnncli.report.training import Optimizer

# Where a message of TensorFlow ends.
_LONGEST = 200
# What is called after each step, with its name.
Done = Callable[[str], None]
Function = Callable[[Any], Any]


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of a model."""

    versions: Versions
    device: str
    passes: tuple[PassProfile, ...]
    layers: tuple[LayerProfile, ...]
    call: Timing
    peaks: tuple[PeakMemory, ...]


def measure(
    spec: ModelSpec,
    batch: int,
    length: Lengths | None,
    seed: int,
    *,
    runs: int,
    hows: tuple[How, ...],
    optimizer: Optimizer,
    done: Done,
) -> Measured:
    """Times a model without problems in each of the ways; ``done`` is called after each step.

    The forward pass is timed first: training changes the weights.

    Raises:
        EngineMissing: TensorFlow or Keras cannot be imported.
        KerasFailed: Keras raised an error on one of the layers.
        WeightsDoNotFit: the model is from a file whose arrays do not fit a layer.
    """
    keras = import_keras("tensorflow")
    with as_planned(keras):
        seed_all(seed)
        model = msgspec.structs.replace(runnable(bind(spec)), batch=batch)
        entering = input_tensors(spec.data, model, batch, length, seed)
        built = BuiltModel()
        inferred = through(model, built, symbols(model, batch))
        if spec.file is not None:
            load_weights(built_layers(built), spec.file, strict=not spec.settings)
        # A model that cannot run is reported here, with the layer at fault.
        predicted(model, built, entering, inferred)
        tensors = [entering[model_input.name] for model_input in model.inputs]
        inputs = tensors if len(tensors) > 1 else tensors[0]
        done("loading")
        layers = _layers(model, built, entering, inferred, runs, done)
        passes: list[PassProfile] = []
        peaks: list[PeakMemory] = []
        for work, function in _works(model, built, optimizer, inputs):
            peaks += _peak(work, function, inputs)
            done("memory")
            for how in hows:
                passes.append(_pass(work, how, function, inputs, runs))
                done(f"{work}, {how}")
        return Measured(
            versions=versions(),
            device=device_name(),
            passes=tuple(passes),
            layers=tuple(layers),
            call=timed(_nothing(tensors[0]), runs),
            peaks=tuple(peaks),
        )


def _works(
    model: Model, built: BuiltModel, optimizer: Optimizer, inputs: Any
) -> list[tuple[Work, Function | str]]:
    """The forward pass and the training step of the whole model; or why there is none."""
    if not model.outputs:
        why = "all outputs of the model depend on a custom layer"
        return [("forward", why), ("training", why)]
    whole = whole_model(model)
    copy_weights(layers_of_whole(whole), built_layers(built))
    try:
        step = _training_step(whole, optimizer, inputs)
    except Exception as error:
        if ran_out_of_memory(error):
            raise
        step = plain(str(error))[:_LONGEST]
    return [("forward", lambda inputs: whole(inputs, training=False)), ("training", step)]


def _as(function: Function, how: How) -> Function:
    """The function as it is, or traced into a graph, or compiled by XLA."""
    import tensorflow as tf

    if how == "eager":
        return function
    traced: Function = tf.function(function, autograph=False, jit_compile=how == "jit" or None)
    return traced


def _peak(work: Work, function: Function | str, inputs: Any) -> list[PeakMemory]:
    """The peak memory of a traced run; none where it cannot run, which its times say.

    The first run is for TensorFlow to prepare the graph. After more of them, memory that was freed
    is there to be taken again, and the process grows less than it uses.
    """
    if isinstance(function, str):
        return []
    traced = _as(function, "traced")
    try:
        traced(inputs)
        return [peak_memory(work, lambda: traced(inputs))]
    except Exception as error:
        if ran_out_of_memory(error):
            raise
        return []


def _nothing(tensor: Any) -> Callable[[], object]:
    """A traced call that computes nothing."""
    import tensorflow as tf

    identity = _as(tf.identity, "traced")
    return lambda: identity(tensor)


def _pass(work: Work, how: How, function: Function | str, inputs: Any, runs: int) -> PassProfile:
    """A pass in one of the ways; one that cannot run so says why."""
    if isinstance(function, str):
        return PassProfile(work=work, how=how, time=None, why=function)
    if how == "jit" and any(
        dtype_of(tensor) == "string"
        for tensor in (inputs if isinstance(inputs, list) else [inputs])
    ):
        # It would end the process.
        return PassProfile(work=work, how=how, time=None, why="XLA has no strings")
    run = _as(function, how)
    try:
        return PassProfile(work=work, how=how, time=timed(lambda: run(inputs), runs))
    except Exception as error:
        if ran_out_of_memory(error):
            raise
        return PassProfile(work=work, how=how, time=None, why=plain(str(error))[:_LONGEST])


def _training_step(whole: Any, optimizer: Optimizer, inputs: Any) -> Function | str:
    """One step of an optimizer; or why there is none.

    The loss is the mean of the squared outputs: what it costs is small beside a model.
    """
    import tensorflow as tf

    variables = whole.trainable_variables
    if not variables:
        return "the model has no trainable weights"
    made = _made(optimizer)
    made.build(variables)

    def gradients(inputs: Any) -> list[Any]:
        with tf.GradientTape() as tape:
            outputs = [
                output
                for output in tf.nest.flatten(whole(inputs, training=True))
                if "float" in dtype_of(output)
            ]
            loss = sum(tf.reduce_mean(tf.square(tf.cast(output, "float32"))) for output in outputs)
        return tape.gradient(loss, variables) if outputs else []

    def step(inputs: Any) -> None:
        pairs = zip(gradients(inputs), variables, strict=True)
        reached = [pair for pair in pairs if pair[0] is not None]
        made.apply([gradient for gradient, _ in reached], [variable for _, variable in reached])

    # Shapes are enough to see what has a gradient.
    concrete = tf.function(gradients, autograph=False).get_concrete_function(inputs)
    if not any(gradient is not None for gradient in concrete.structured_outputs):
        return "no output that is a float depends on a trainable weight"
    return step


def _made(optimizer: Optimizer) -> Any:
    import keras

    if optimizer is Optimizer.momentum:
        return keras.optimizers.SGD(momentum=0.9)
    classes = {cls.lower(): cls for cls in dir(keras.optimizers)}
    return getattr(keras.optimizers, classes[optimizer])()


def _layers(
    model: Model,
    built: BuiltModel,
    entering: Mapping[str, Any],
    inferred: Pass,
    runs: int,
    done: Done,
) -> list[LayerProfile]:
    """Times each layer alone, while a pass goes through the model with real tensors."""
    paths: dict[int, deque[str]] = {}
    for path, node in _paths(model, ""):
        paths.setdefault(id(node), deque()).append(path)
    profiles: list[LayerProfile] = []

    def call(
        node: Node, built: BuiltModel, passed: Pass, masks: Masks, symbolic: Pass | None
    ) -> None:
        run = _alone(node, built, passed, masks, symbolic)
        time, without = timed(run(), runs), None
        recurrent = _fused(node, built) if has_gpu() else []
        if recurrent:
            before = [layer.use_cudnn for layer in recurrent]
            for layer in recurrent:
                layer.use_cudnn = False
            try:
                without = timed(run(), runs)
            finally:
                for layer, use in zip(recurrent, before, strict=True):
                    layer.use_cudnn = use
        profiles.append(
            LayerProfile(
                name=paths[id(node)].popleft(),
                cls=node.layer.class_name,
                macs=None,
                time=time,
                gmacs_per_second=None,
                without_cudnn=without,
            )
        )
        call_node(node, built, passed, masks, symbolic)
        done(node.layer.name)

    through(model, built, entering, inferred, call)
    return profiles


def _paths(model: Model, prefix: str) -> Iterator[tuple[str, Node]]:
    """Yields the layers of a model and of nested ones with their paths: ``encoder/lstm``."""
    for node in model.nodes:
        path = prefix + node.layer.name
        if is_model(node.layer):
            yield from _paths(node.layer["model"], f"{path}/")
        else:
            yield path, node


def _alone(
    node: Node, built: BuiltModel, passed: Pass, masks: Masks, symbolic: Pass | None
) -> Callable[[], Callable[[], object]]:
    """Returns what traces the call of one layer on the tensors that it reads now."""
    refs = [*dict.fromkeys(node.reads)]
    tensors = [passed[ref] for ref in refs]
    own = [mask_of(tensor) for tensor in tensors]
    handed = [masks.get(ref) for ref in refs]

    def call(tensors: Any, own: Any, handed: Any) -> list[Any]:
        local = Pass({ref.node: {} for ref in refs}, {}, {}, {})
        for ref, tensor, mask in zip(refs, tensors, own, strict=True):
            put_mask(tensor, mask)
            local.tensors[ref.node][ref.tensor] = tensor
        call_node(node, built, local, dict(zip(refs, handed, strict=True)), symbolic)
        return [*local.tensors[node.layer.name].values()]

    def traced() -> Callable[[], object]:
        import tensorflow as tf

        function = tf.function(call, autograph=False)
        return lambda: function(tensors, own, handed)

    return traced


def _fused(node: Node, built: BuiltModel) -> list[Any]:
    """The layers that a GPU computes with its fused kernel."""
    layer = built.layers.get(node.shared_with or node.layer.name)
    inner = layer._flatten_layers() if layer is not None else ()
    return [one for one in inner if getattr(one, "use_cudnn", False)]
