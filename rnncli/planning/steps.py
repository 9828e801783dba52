"""A model evaluated by the rules: with its lengths unknown, or with numbers in their place."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rnncli.layers.catalogue import Rules
from rnncli.model.graph import Input, Model, TensorRef
from rnncli.planning.custom import RULES as CUSTOM
from rnncli.planning.follow import follow
from rnncli.planning.nested import RULES as NESTED
from rnncli.problems import Problem
from rnncli.report.layer import Shape
from rnncli.rules.rule import Evaluation, PlannedLayer
from rnncli.rules.tensors import Tensor

RULES = Rules({**NESTED, **CUSTOM})


class EvaluatedModel(msgspec.Struct, frozen=True):
    """The layers of a model in order, as the rules plan them, and the problems they find."""

    layers: list[PlannedLayer]
    problems: list[Problem]


class ModelEvaluator(msgspec.Struct, frozen=True):
    """A model at one batch size, to be evaluated as often as needed.

    Shapes of inputs are without the batch axis.
    """

    model: Model
    batch: int

    @property
    def input_shapes(self) -> list[Shape]:
        """The shapes of the inputs as the config gives them, with unknown axes."""
        return [model_input.shape for model_input in self.model.inputs]

    def symbolic(self) -> EvaluatedModel:
        """The model with its lengths unknown, as Keras infers it."""
        return self._evaluated(self.input_shapes, concrete=False)

    def concrete(self, shapes: Sequence[Shape]) -> EvaluatedModel:
        """The model with inputs of these shapes, as it runs."""
        return self._evaluated(shapes, concrete=True)

    def input_tensors(self, shapes: Sequence[Shape]) -> list[Tensor]:
        """The inputs as tensors of these shapes."""
        pairs = zip(self.model.inputs, shapes, strict=True)
        return [self._tensor(model_input, shape) for model_input, shape in pairs]

    def _tensor(self, model_input: Input, shape: Shape) -> Tensor:
        whole = (self.batch, *shape)
        return Tensor(model_input.name, whole, model_input.dtype, input_place=model_input.place)

    def _evaluated(self, shapes: Sequence[Shape], concrete: bool) -> EvaluatedModel:
        evaluation = Evaluation(RULES, concrete)
        tensors = {TensorRef(tensor.name): tensor for tensor in self.input_tensors(shapes)}
        layers = follow(self.model, tensors, evaluation)
        return EvaluatedModel(layers, evaluation.problems)
