"""What a layer reads: the tensors before it, those ``from`` names, the states it starts from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnncli.config.spec import NodeSpec, Reference
from rnncli.keras_api.call_arguments import plain_arguments, read_names, tensor_arguments
from rnncli.keras_api.traits import traits
from rnncli.model.calls import takes_call
from rnncli.model.graph import KerasObject, TensorRef
from rnncli.model.repeats import BlockIteration
from rnncli.model.tensor_names import is_model, state_names
from rnncli.model.wiring import GUESSED, ReferenceResolver
from rnncli.problems import Edits, Fix, Place, Problem, problem
from rnncli.suggestions import near_words


class Inbound:
    """Finds what each layer reads; what is wrong is added to ``problems``."""

    def __init__(self, wires: ReferenceResolver, problems: list[Problem]) -> None:
        self._wires = wires
        self._problems = problems

    def all(
        self, references: Sequence[Reference], block: BlockIteration | None
    ) -> Iterator[TensorRef]:
        """The tensors that references name, in order."""
        for reference in references:
            # A reference that names nothing is reported once, and counts as one unknown tensor.
            placeholder = (TensorRef(reference.node, reference.tensor or "output"),)
            yield from self._wires.resolve(reference, block) or placeholder

    def chained(self, layer: KerasObject, refs: tuple[TensorRef, ...]) -> tuple[TensorRef, ...]:
        """What a layer reads of the tensors before it: only some layers take several."""
        takes = _input_count(layer)
        if takes is None or takes == len(refs):
            return refs
        if len({ref.node for ref in refs}) > 1:
            from rnncli.config.edits import add_beside

            names, first = " or ".join(ref.node for ref in refs), refs[0].node
            # If no layer reads the other tensors, the first alone is hardly meant.
            others = [ref.node for ref in refs[1:]]
            others_are_read = all(map(self._wires.is_read, others))
            edits = add_beside(layer.place, "from", first) if others_are_read else ()
            self._add(
                "which-input",
                f"{layer.label} follows several inputs and does not say which one it reads",
                Fix(f"put from: {first} beside it ({names})", edits, safe=False),
                layer.place,
            )
        elif len(refs) > 1:
            from rnncli.config.edits import insert_entry

            node, names = refs[0].node, " and ".join(ref.tensor for ref in refs)
            words = f"name one with from: {node}.{refs[0].tensor}, or put Concatenate after {node}"
            if self._wires.layers[node].cls == "Bidirectional":
                words += ", or leave merge_mode: null out of it"
            self._add(
                "two-outputs",
                f"{layer.label} takes one tensor, and {node} gives {len(refs)}: {names}",
                Fix(words, insert_entry(layer.place, "Concatenate"), safe=False),
                layer.place,
            )
        elif takes > 1:
            self._wrong_count(layer, takes, len(refs), layer.place)
        return refs[:1]

    def wired(
        self,
        layer: KerasObject,
        spec: NodeSpec,
        inbound: Sequence[Reference],
        block: BlockIteration | None,
    ) -> tuple[TensorRef, ...]:
        """The tensors that ``from`` names, in the order in which the layer takes them."""
        known = _roles(layer) if any(reference.role for reference in inbound) else ()
        ordered = self._by_role(layer, inbound, known, spec.place)
        refs = list(self.all(ordered, block))
        takes = _input_count(layer)
        if takes is None or takes == len(refs) or layer.invalid or not refs:
            return tuple(refs)
        if takes > 1:
            self._wrong_count(layer, takes, len(refs), inbound[0].place)
        elif len({ref.node for ref in refs}) == 1:
            from rnncli.config.restructuring import replace_around

            node, place = refs[0].node, inbound[-1].place
            edits = replace_around(place, node)
            self._add(
                "states-passed-on",
                f"{layer.label} takes one tensor, and from names {len(refs)}",
                Fix(f"from: {node} is its output alone, without the states", edits),
                place,
            )
        else:
            from rnncli.config.edits import insert_entry, together
            from rnncli.config.restructuring import remove_around

            place = inbound[-1].place
            merged = {"Concatenate": {}, "from": [ref.display_name for ref in refs]}
            # Edits are slow to compute: with this many problems they are left out.
            change: Edits = ()
            if len(self._problems) < GUESSED:
                change = together(insert_entry(layer.place, merged), remove_around(place))
            words = "name one, or merge them before it with Concatenate or Add"
            self._add(
                "takes-one",
                f"{layer.label} takes one tensor, and from names {len(refs)}",
                Fix(words, change, safe=False),
                place,
            )
        return tuple(refs[:takes])

    def _by_role(
        self, layer: KerasObject, inbound: Sequence[Reference], known: Sequence[str], place: Place
    ) -> Sequence[Reference]:
        """The references in the order of the layer's roles, if they name roles."""
        roles = [reference.role for reference in inbound if reference.role is not None]
        named = layer.name if is_model(layer) else layer.cls
        wrong = [
            reference
            for reference in inbound
            if reference.role is not None and reference.role not in known
        ]
        tensors = tensor_arguments(layer.cls) if wrong and takes_call(layer) else ()
        for reference in wrong:
            self._add(
                "bad-reference",
                f"{named} reads no {reference.role}",
                _role(layer, reference, (*known, *tensors)),
                reference.place,
            )
        if not roles or not known:
            return inbound
        if wrong:
            return ()
        missing = [role for role in known[: _required(layer, known)] if role not in roles]
        if missing:
            fix = f"write from: {{{', '.join(f'{role}: …' for role in known)}}}"
            message = f"{layer.label} reads a {missing[0]}, and from names none"
            self._add("bad-reference", message, fix, place)
            return ()
        return sorted(
            (reference for reference in inbound if reference.role in known),
            key=lambda reference: known.index(reference.role or ""),
        )

    def started(
        self, layer: KerasObject, references: Sequence[Reference], block: BlockIteration | None
    ) -> tuple[TensorRef, ...]:
        """The tensors that ``initial_state`` names, in the order of the layer's states."""
        names = state_names(layer)
        if names or layer.invalid:
            by_role = any(reference.role for reference in references)
            place = references[0].place if references else layer.place
            ordered = self._by_role(layer, references, names, place) if by_role else references
            return tuple(self.all(ordered, block))
        if references:
            from rnncli.config.restructuring import remove_around

            place = references[0].place
            words = "leave initial_state out, or put it on a recurrent layer"
            self._add(
                "keeps-no-state",
                f"{layer.label} keeps no state that could start from anything",
                Fix(words, remove_around(place), safe=False),
                place,
            )
        return ()

    def _wrong_count(self, layer: KerasObject, takes: int, count: int, place: Place) -> None:
        reads = layer.reads or [model_input.name for model_input in layer["model"].inputs]
        names = ", ".join(reads)
        self._add(
            "wrong-input-count",
            f"{layer.name} reads {takes} tensors ({names}), and {count} reach{'es' * (count == 1)} "
            "it",
            f"write from: [{names}], with the names of what each one reads",
            place,
        )

    def _add(self, code: str, message: str, fix: str | Fix, place: Place) -> None:
        self._problems.append(problem(code, message, fix, place=place))


def _input_count(layer: KerasObject) -> int | None:
    """How many tensors a layer reads; None where any number is valid."""
    if is_model(layer):
        return None if layer.invalid else len(layer["model"].inputs)
    if layer.is_operation:
        return _operand_count(layer)
    return None if traits(layer.cls).several else 1


def _operand_count(layer: KerasObject) -> int | None:
    """How many tensors an operation reads; None where it takes a list of them."""
    from rnncli.keras_api.operations import OPERATIONS

    several = layer.invalid or OPERATIONS[layer.cls].several
    return None if several else len(layer.reads)


def _roles(layer: KerasObject) -> Sequence[str]:
    """What the tensors that a layer reads may be to it, in the order in which it takes them."""
    if layer.is_custom:
        return layer.reads
    if is_model(layer) and not layer.invalid:
        return tuple(model_input.name for model_input in layer["model"].inputs)
    if takes_call(layer):
        return read_names(layer.cls)
    if not layer.is_operation:
        return ()
    from rnncli.keras_api.operations import OPERATIONS

    row = OPERATIONS.get(layer.cls)
    return row.tensors if row and not row.several else ()


def _role(layer: KerasObject, reference: Reference, known: Sequence[str]) -> Fix:
    """The fix for a role that the layer does not have."""
    from rnncli.config.edits import rename
    from rnncli.config.restructuring import key_of

    role = reference.role or ""
    if takes_call(layer) and role in plain_arguments(layer.cls):
        from rnncli.config.call_edits import move_to_call

        words = f"it is no tensor: write call: {{{role}: true}}"
        return Fix(words, move_to_call(layer.place, reference.place, role, True), safe=False)
    near = near_words(role, known)
    if role in _INPUT and takes_call(layer) and not traits(layer.cls).several:
        # What other layers call it.
        near = [known[0]]
    if not near:
        return Fix(f"they are {', '.join(known)}" if known else "name them in a list: [a, b]")
    edits = rename(key_of(reference.place), reference.role or "", near[0])
    return Fix(f"did you mean {' or '.join(near)}?", edits, safe=len(near) == 1)


# The names that layers which read one tensor have for it.
_INPUT = ("inputs", "input", "data", "x", "sequence", "sequences")


def _required(layer: KerasObject, roles: Sequence[str]) -> int:
    """How many of the roles are required: attention uses the value as key if there is none."""
    if layer.is_operation:
        # What no tensor fills is reported with the other parameters.
        return 0
    return 2 if traits(layer.cls).attends else len(roles)
