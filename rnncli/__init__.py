"""rnncli: every shape, state and parameter of a Keras sequence model.

As a library::

    import rnncli

    spec = rnncli.load("configs/many_to_one.yaml")
    rnncli.plan(spec)     # from rules, without TensorFlow
    rnncli.build(spec)    # built and run in Keras, and compared
    rnncli.trace(spec)["lstm"].gates["f"]    # a gate at every step, as a numpy array
    rnncli.gradients(spec)["lstm"].half_life    # how far a gradient reaches back in time
    rnncli.profile(spec)["lstm"].time    # how long a layer takes
    rnncli.convert(spec, "py")    # as Keras code
    rnncli.draw(spec)     # as a picture, SVG
    rnncli.fix("model.yaml")    # the text with the fixes of its problems

The library is imported when one of its names is first used: the commands come by here as well,
and nothing is to be imported before they look out for Ctrl-C.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rnncli.comparing import ModelDiff, diff, with_budget
    from rnncli.conversion import convert
    from rnncli.drawing import draw
    from rnncli.experiments.gradients import gradients
    from rnncli.experiments.profile import profile
    from rnncli.experiments.trace import trace
    from rnncli.fixing import fix
    from rnncli.library import ModelReport, build, inspect, load, plan
    from rnncli.sweeping.sweep import ModelSweep, sweep

# What is not in the library's first module.
_MODULES = {
    **dict.fromkeys(("ModelDiff", "diff", "with_budget"), "comparing"),
    **dict.fromkeys(("ModelSweep", "sweep"), "sweeping.sweep"),
    "convert": "conversion",
    "draw": "drawing",
    "fix": "fixing",
    "gradients": "experiments.gradients",
    "profile": "experiments.profile",
    "trace": "experiments.trace",
}
__all__ = [
    "ModelDiff",
    "ModelReport",
    "ModelSweep",
    "__version__",
    "build",
    "convert",
    "diff",
    "draw",
    "fix",
    "gradients",
    "inspect",
    "load",
    "plan",
    "profile",
    "sweep",
    "trace",
    "with_budget",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"rnncli.{_MODULES.get(name, 'library')}"), name)
    # It is found without this function from now on.
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
