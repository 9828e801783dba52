"""The whole Python file of a module: its imports, its helpers and how it is loaded."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.writers.pytorch.module import Module

_HELPERS: Mapping[str, str] = {
    "pad_same": '''
def pad_same(x, size, stride, value=0.0):
    """Pads the last axis as padding="same" does in Keras: the end gets the odd one."""
    steps = x.shape[-1]
    total = max((-(-steps // stride) - 1) * stride + size - steps, 0)
    return F.pad(x, (total // 2, total - total // 2), value=value)
''',
    "run_masked": '''
def run_masked(rnn, x, mask, states=None):
    """Runs a recurrent layer without the padding at the end of each sequence."""
    steps = mask.sum(1).cpu()
    packed = pack_padded_sequence(x, steps, batch_first=True, enforce_sorted=False)
    packed, states = rnn(packed, states)
    x, _ = pad_packed_sequence(packed, batch_first=True, total_length=mask.shape[1])
    return x, states
''',
}

_LOAD = '''

def load(path=WEIGHTS):
    """Makes the module with the weights of a file, by default the one beside it."""
    model = {name}()
    model.load_state_dict(load_file(path))
    return model.eval()
'''


def source_of(module: Module, origin: str) -> str:
    """The text of the file. ``origin`` is what the model was read from."""
    modules = [*module.flat()]
    needed = {name for part in modules for name in part.helpers}
    helpers = "".join(f"\n{_HELPERS[name]}" for name in sorted(needed))
    classes = "".join(f"\n\nclass {part.name}(nn.Module):\n{part.text}\n" for part in modules)
    code = classes + helpers
    imports = ["import torch"] * ("torch." in code)
    imports += ["from safetensors.torch import load_file", "from torch import nn"]
    if "F." in code:
        imports.append("from torch.nn import functional as F")
    if "run_masked" in needed:
        imports.append("from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence")
    header = [
        f'"""{_plain(origin)} in PyTorch. Batches come first, then time, as in Keras."""',
        "",
        "from pathlib import Path",
        "",
        *imports,
        "",
        'WEIGHTS = Path(__file__).with_suffix(".safetensors")',
        "",
    ]
    return "\n".join(header) + helpers + classes + _LOAD.format(name=module.name)


def _plain(text: str) -> str:
    """A text that a docstring can hold on one line."""
    kept = "".join(character if character.isprintable() else " " for character in text)
    return kept.replace("\\", "/").replace('"', "'")[:50]
