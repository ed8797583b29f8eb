"""What a training needs beside its data: the modules of lib/ and the packages, read out of the code itself. Read `look`.

What is imported while a module is loaded is needed, and so is what models and jobs import inside their functions, since that is the
training. What other parts import inside a function (a detector of faces, a reader of Word files) travels as far as it is ours, but
its packages are not asked for.
"""

from __future__ import annotations

import ast
import functools
import importlib.metadata
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lib.errors import UserError
from lib.jobs import ROOT

LOCK = ROOT / "requirements.txt"
_BEGINS = ("lib.jobs.worker",)    # what train_here.py calls
_WHOLE = ("lib.jobs.", "lib.models.")   # here what is imported inside functions is needed too


@dataclass(frozen=True)
class Needed:
    """files: of lib/, as they are. packages: as imported ("PIL")."""

    files: list[Path]
    packages: set[str]


@functools.cache
def look(model_module: str) -> Needed:
    """model_module: "lib.models.lora"."""
    folder = ROOT / Path(*model_module.split("."))
    begins = [*_BEGINS, *(module_of(path) for path in folder.rglob("*.py"))]
    at_once, packages = set(_reach(begins, at_once=True)), set()
    for module in at_once:
        packages |= {name.split(".")[0] for name, inside in _imports(module) if not inside or module.startswith(_WHOLE)}
    modules = set(_reach(begins, at_once=False))
    files = [beside for module in modules for beside in _with_data(_file(module))]
    return Needed(sorted(set(files)), packages - set(sys.stdlib_module_names) - {"lib", "__future__"})


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _file(module: str) -> Path:
    path = ROOT / Path(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _with_data(path: Path) -> Iterator[Path]:
    """The module, and a table of the same name beside it."""
    yield path
    yield from (beside for beside in path.parent.glob(f"{path.stem}.*") if beside.suffix in (".tsv", ".json"))


def _reach(begins: Iterable[str], at_once: bool) -> Iterator[str]:
    """All modules that are imported from these on. at_once: without what is imported later, inside functions of other parts."""
    seen: set[str] = set()
    waiting = list(begins)
    while waiting:
        module = waiting.pop()
        if module in seen or not _is_module(module):
            continue
        seen.add(module)
        yield module
        parts = module.split(".")
        waiting += [".".join(parts[:place]) for place in range(1, len(parts))]
        waiting += [name for name, inside in _imports(module) if name.startswith("lib.") and not (at_once and inside and not module.startswith(_WHOLE))]


def _is_module(name: str) -> bool:
    return name.split(".")[0] == "lib" and _file(name).is_file()


@functools.cache
def _imports(module: str) -> list[tuple[str, bool]]:
    """(name, whether inside a function) of all that a module imports; of `from a import b` both a and a.b, which may be a module."""
    return list(_imported(ast.parse(_file(module).read_text(encoding="utf-8")).body, False))


def _imported(body: Iterable[ast.AST], inside: bool) -> Iterator[tuple[str, bool]]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from ((alias.name, inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((name, inside) for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)))
        elif isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case) and not _is_for_types(node):
            yield from _imported(ast.iter_child_nodes(node), inside or isinstance(node, ast.FunctionDef))


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


# ---- packages --------------------------------------------------------------------------------------------------------


def pinned(packages: Iterable[str], more: Iterable[str] = ()) -> list[str]:
    """"pillow==12.3.0" for each, as the lock has it. packages: as they are imported. more: as they are installed."""
    by_import, locked = _installed(), lock()
    names = {_plain(name) for package in packages for name in by_import.get(package, [package])} | {_plain(name) for name in more}
    return sorted(f"{name}=={locked[name]}" for name in names if name in locked)


@functools.cache
def _installed() -> Mapping[str, list[str]]:
    """"PIL" -> ["pillow"]; to look takes a second."""
    return importlib.metadata.packages_distributions()


@functools.cache
def lock() -> dict[str, str]:
    """Name -> version of every package in the lock. Raises UserError where it is not there."""
    try:
        lines = LOCK.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UserError("The list of packages is missing.", f"{LOCK.name} does not lie beside lib/.", "Set Handmade up again.") from error
    found = (re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;]+)", line) for line in lines)
    return {_plain(match[1]): match[2] for match in found if match}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
