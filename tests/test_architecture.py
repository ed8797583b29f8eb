"""The rules of the house, read out of the code itself: who may import whom, and what the web server never loads."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from pathlib import Path

from lib import jobs

ROOT = Path(__file__).resolve().parent.parent
# From the ground up. A floor may use those below it; an arrow may skip floors, never climb.
FLOORS = ["errors", "media", "project", "steps", "models", "jobs", "player", "capability", "ui", "page"]
CAPABILITIES = set(jobs.CAPABILITIES)
HEAVY = [
    "torch", "torchvision", "diffusers", "transformers", "mediapipe", "sentence_transformers",
    "langchain", "faiss", "librosa", "rave", "gradio", "cv2", "skimage", "sklearn", "scipy",
]  # fmt: skip


def sources() -> list[Path]:
    pages = [ROOT / "Home.py", ROOT / "serve.py", *(ROOT / "pages").rglob("*.py")]
    return [path for path in [*(ROOT / "lib").rglob("*.py"), *pages] if path.exists()]


@functools.cache
def imports(path: Path) -> set[str]:
    """The dotted names of all modules that a file imports, at the top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} uses a relative import; write the whole name"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def part_of(path: Path) -> str:
    inside = path.relative_to(ROOT)
    return inside.parts[1].removesuffix(".py") if inside.parts[0] == "lib" else "page"


def floor_of(part: str) -> int:
    return FLOORS.index("capability" if part in CAPABILITIES else part)


def lib_imports(path: Path) -> set[str]:
    """The parts of lib that a file imports: {'project', 'media'}."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("lib.")} & ({*FLOORS} | CAPABILITIES)


def test_imports_go_down_and_never_climb():
    wrong = []
    for path in sources():
        part, name = part_of(path), path.relative_to(ROOT)
        for other in lib_imports(path) if part != "__init__" else ():
            if floor_of(other) > floor_of(part):
                wrong.append(f"{name} imports {other}, which stands above it")
            elif part in CAPABILITIES and other in CAPABILITIES and part != other:
                wrong.append(f"{name} imports {other}: what two capabilities need belongs in project or media")
    assert not wrong, "\n".join(wrong)


def test_only_the_ui_and_the_pages_know_streamlit():
    others = [path for path in sources() if part_of(path) not in ("ui", "page")]
    assert others and [path for path in others if any(name.split(".")[0] == "streamlit" for name in imports(path))] == []


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def needs(path: Path, modules: set[str]) -> set[str]:
    """The files of lib that a file imports wherever in it, by an import or by a name that it hands to importlib."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    only_types = {id(node) for check in ast.walk(tree) if isinstance(check, ast.If) and "TYPE_CHECKING" in ast.unparse(check.test)
                  for node in ast.walk(check)}  # fmt: skip
    found = set()
    for node in ast.walk(tree):
        if id(node) in only_types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names & modules or {node.module}
            found |= {node.module} if names - modules else set()
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and isinstance(node.args[0], ast.Constant):
            found.add(node.args[0].value)
    return (found & modules) - {module_of(path)}


def test_imports_go_in_no_circle():
    """Inside functions too. The registries of models, derived data and capabilities name theirs as texts: they are read late."""
    files = {module_of(path): path for path in (ROOT / "lib").rglob("*.py")}
    open_ = {module: needs(path, set(files)) for module, path in files.items()}
    while ground := {module for module, others in open_.items() if not others}:
        open_ = {module: others - ground for module, others in open_.items() if module not in ground}
    assert not open_, f"in a circle, or above one: {open_}"


def test_models_know_folders_and_no_database():
    allowed = {"lib.project.dataset_folder", "lib.project.runs", "lib.project.run_folder", "lib.project.folder"}
    for path in (ROOT / "lib" / "models").rglob("*.py"):
        for name in imports(path):
            if name.startswith("lib.project"):
                assert name.rpartition(".")[0] in allowed, f"{path.name} imports {name}"


def test_what_the_web_server_imports_loads_nothing_heavy():
    names = sorted(f"lib.{path.parent.name}" for path in (ROOT / "lib").glob("*/__init__.py"))
    names += [f"lib.models.{path.parent.name}" for path in (ROOT / "lib" / "models").glob("*/__init__.py")]
    code = f"""
import importlib, sys
for name in {names!r}:
    importlib.import_module(name)
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_page_is_long():
    for path in (ROOT / "pages").rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 120, path.name
    assert len((ROOT / "Home.py").read_text(encoding="utf-8").splitlines()) <= 60
