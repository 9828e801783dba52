"""rnncli: every shape, state and parameter of a Keras sequence model.

As a library::

    import rnncli

    spec = rnncli.load("configs/many_to_one.yaml")
    rnncli.plan(spec)     # from rules, without TensorFlow
    rnncli.build(spec)    # built and run in Keras, and compared
    rnncli.convert(spec, "py")    # as Keras code
    rnncli.fix("model.yaml")    # the text with the fixes of its problems

The library is imported when one of its names is first used: the commands come by here as well,
and nothing is to be imported before they look out for Ctrl-C.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rnncli.fixing import fix
    from rnncli.library import ModelReport, build, convert, inspect, load, plan

__all__ = ["ModelReport", "__version__", "build", "convert", "fix", "inspect", "load", "plan"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "fix":
        from rnncli.fixing import fix

        return fix
    from rnncli import library

    return getattr(library, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
