"""Compiling what only compiled code calls: once, as a part of the kernel that calls it.

numba optimises each function together with all that it calls, and makes machine code of it, before
the next function up the chain does the same with it. A helper of kernels is never called by itself:
it stays as it is until its kernel is optimised as a whole.
"""

from __future__ import annotations

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import AnalysisPass, register_pass
from numba.core.typed_passes import AnnotateTypes


class _WithoutEnvironments:
    """numba's code generator for code that no engine holds: there is nothing to point at Python."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, environment: Any) -> None:
        """The kernel's own functions are all that have one."""


class _InnerLibrary(JITCodeLibrary):
    """Code that is linked into others and never run by itself."""

    @property
    def codegen(self) -> Any:
        """The code generator."""
        return _WithoutEnvironments(self._codegen)

    def _optimize_final_module(self) -> None:
        """Left to the kernel."""

    def _finalize_final_module(self) -> None:
        """No machine code."""
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """There is none."""
        return 0


class _RareLibrary(_InnerLibrary):
    """Code that is called where it is needed and stays out of its callers.

    LLVM would take in what is called from one place only; and what seldom happens would then take
    the registers of what always does (184 against 147 ns for features, with ranking in the loop).
    """

    def add_ir_module(self, ir_module: Any) -> None:
        """Take a module in; what it defines is not inlined."""
        for function in ir_module.functions:
            if not function.is_declaration:
                function.attributes.add("noinline")
        super().add_ir_module(ir_module)


class _UseLibrary(AnalysisPass):
    """Make a function's code go into a library of another kind."""

    library: type[_InnerLibrary]

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        state.library = self.library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return True


@register_pass(mutates_CFG=False, analysis_only=True)
class _UseInnerLibrary(_UseLibrary):
    _name, library = "townlet_inner_library", _InnerLibrary


@register_pass(mutates_CFG=False, analysis_only=True)
class _UseRareLibrary(_UseLibrary):
    _name, library = "townlet_rare_library", _RareLibrary


class InnerCompiler(CompilerBase):
    """numba's pipeline for code without Python, into a library of that kind."""

    use: type[_UseLibrary] = _UseInnerLibrary

    def define_pipelines(self) -> list[Any]:
        """Return the one pipeline there is."""
        pipeline = DefaultPassBuilder.define_nopython_pipeline(self.state)
        pipeline.add_pass_after(self.use, AnnotateTypes)
        pipeline.finalize()
        return [pipeline]


class RareCompiler(InnerCompiler):
    """The same for code that stays out of its callers."""

    use = _UseRareLibrary
