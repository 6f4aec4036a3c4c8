"""The service's own source as syntax trees: what the house laws look at."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("eventstudy", "db", "jobs")
DOORWAY = "eventstudy/__main__.py"
TOP_LEVEL = {
    *("eventstudy", "jobs", "db", "tests", "pyproject.toml", "README.md"),
    *("CHANGELOG.md", "LICENSE", "docs", "benchmarks", ".ci", "Makefile"),
}


@dataclass(frozen=True)
class Function:
    """One function of the source: `where` names it in a complaint, `public` says who may call it."""

    where: str
    node: ast.FunctionDef | ast.AsyncFunctionDef
    public: bool

    @property
    def docstring(self) -> str:
        return ast.get_docstring(self.node) or ""

    @property
    def arguments(self) -> list[ast.arg]:
        """Every argument but self and cls, starred ones included."""
        spec = self.node.args
        starred = [argument for argument in (spec.vararg, spec.kwarg) if argument]
        every = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *starred]
        return [argument for argument in every if argument.arg not in {"self", "cls"}]

    @property
    def lines(self) -> int:
        """Lines of the body, the docstring left out."""
        body = self.node.body[1:] if self.docstring else self.node.body
        return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@dataclass(frozen=True)
class Source:
    """One file of Python: its path from the root with forward slashes, and its text."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def module(self) -> str:
        """The dotted name, a package's own name for its ``__init__.py``."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def public_things(self) -> list[tuple[str, ast.AST]]:
        """Every public class and function that is not inside a function, with its name in a complaint."""
        return [(where, node) for where, node, public in self._definitions() if public]

    def functions(self) -> list[Function]:
        """Every function, method and function inside a function."""
        return [
            Function(where, node, public)
            for where, node, public in self._definitions()
            if not isinstance(node, ast.ClassDef)
        ]

    def _definitions(self) -> list[tuple[str, ast.AST, bool]]:
        """Depth first: name in a complaint, node, whether it is public."""
        found = []

        def visit(parent: ast.AST, prefix: str, public: bool, inside: bool) -> None:
            for node in ast.iter_child_nodes(parent):
                if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                    seen = public and not inside and not node.name.startswith("_")
                    found.append((f"{self.path}: {prefix}{node.name}", node, seen))
                    visit(node, f"{prefix}{node.name}.", seen, not isinstance(node, ast.ClassDef))
                else:
                    visit(node, prefix, public, inside)

        visit(self.tree, "", True, False)
        return found

    def imports(self) -> set[str]:
        """Every imported name, lazy and typing-only ones too; ``from a import b`` gives ``a.b``."""
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                home = self._absolute(node)
                found |= {f"{home}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
                found |= {given.value for given in node.args if isinstance(given, ast.Constant)}
        return found

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.module.split(".") + (["__init__"] if self.path.endswith("__init__.py") else [])
        return ".".join([*package[: -node.level], *([node.module] if node.module else [])])


@cache
def python_files(*folders: str) -> tuple[Source, ...]:
    """Every Python file under the given folders of the project."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(Source(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in paths)


def package_files() -> tuple[Source, ...]:
    """Every Python file of the three packages."""
    return python_files(*PACKAGES)


def ignored_names() -> list[str]:
    """The plain patterns of .gitignore, slashes at either end taken off."""
    lines = (ROOT / ".gitignore").read_text("utf-8").split()
    return [line.strip("/") for line in lines if not line.startswith("#")]


def is_ignored(path: Path) -> bool:
    """Whether .gitignore leaves a path out, by one of its names or as a whole."""
    relative = path.relative_to(ROOT)
    tried = {*relative.parts, *(parent.as_posix() for parent in [relative, *relative.parents])}
    return any(fnmatch(name, pattern) for name in tried for pattern in ignored_names())


def shipped_files() -> list[Path]:
    """Every file that belongs to the project: below the allowed names and not ignored by git."""
    tops = [ROOT / name for name in sorted({*TOP_LEVEL, ".gitignore"})]
    below = (found for top in tops for found in [top, *top.rglob("*")])
    return [path for path in below if path.is_file() and not is_ignored(path)]


def matches(pattern: str, files: list[Path], root: Path = ROOT) -> list[str]:
    """Every ``path:line: text`` that a regular expression finds."""
    found = []
    for path in files:
        text = path.read_bytes().decode("utf-8", errors="ignore")
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{path.relative_to(root)}:{number}: {line.strip()[:100]}")
    return found


def assert_none(complaints: list[str]) -> None:
    """Fail with every complaint on a line of its own."""
    assert not complaints, "\n" + "\n".join(complaints)
