#!/usr/bin/env python3
"""Prints circles of imports: files of a crate that import each other in the end, and crates that do.

A file imports what its `use` declarations and its `crate::`, `self::` and `super::` paths name. What another file only
re-exports is imported from the file that defines it. Tests do not count, nor what only they depend on.

Fails when a circle within a crate has more than four files, or when there is any across crates.
Usage: .ci/circles.py [directory of the workspace]
"""

import re
import sys
import tomllib
from pathlib import Path

MAX = 4
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|\'(?:\\.|[^\\\'])\'', re.S)
USE = re.compile(r"\buse\s+([^;]+);")
PATH = re.compile(r"(?<![\w:])((?:crate|self|super)(?:::\w+)+)")
DEFINED = r"\b(?:struct|enum|trait|type|fn|const|static|use)\b[^;{(=]*\b%s\b"
TESTS = re.compile(r"^#\[cfg\(test\)\]\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+\w+\s*\{.*?^\}", re.M | re.S)


def code(path):
    """The text without comments, literals and modules of tests."""
    return TESTS.sub(" ", NOISE.sub(" ", path.read_text()))


def flat(tree):
    """A `use` tree as pairs of a path and the name that it gets here."""
    stack, path = [()], ()
    for token in re.findall(r"[\w*]+|[{},]", tree + ","):
        if token == "{":
            stack.append(path)
        elif token not in "},":
            path += (token,)
        else:
            if path != stack[-1]:
                path, alias = (path[:-2], path[-1]) if "as" in path else (path, "")
                path = path[:-1] if path[1:] and path[-1] == "self" else path
                yield path, alias or path[-1]
            stack = stack[:-1] if token == "}" else stack
            path = stack[-1]


class Crate:
    """The modules of one crate: paths such as `("store", "ledger")`, each with its text and what it imports."""

    def __init__(self, root):
        self.text = {(): code(root)}
        for file in root.parent.rglob("*.rs"):
            parts = file.relative_to(root.parent).with_suffix("").parts
            if file != root and parts[0] != "bin":
                self.text[parts[:-1] if parts[-1] == "mod" else parts] = code(file)
        self.uses = {m: [pair for tree in USE.findall(text) for pair in flat(tree)] for m, text in self.text.items()}

    def absolute(self, module, path):
        if path[0] == "crate":
            return path[1:]
        if path[0] not in ("self", "super"):
            return module + path if module + path[:1] in self.text else None
        while path and path[0] in ("self", "super"):
            module, path = module[: len(module) - (path[0] == "super")], path[1:]
        return module + path

    def target(self, path, seen=()):
        """The module that defines what a path names."""
        module = next(path[:size] for size in range(len(path), -1, -1) if path[:size] in self.text)
        if module == path or path in seen:
            return module
        name = path[len(module)]
        for imported, alias in self.uses[module]:
            at = self.absolute(module, imported) if alias in (name, "*") else None
            if at and alias == "*":
                at = at[:-1] + (name,) if re.search(DEFINED % name, self.text.get(at[:-1], "")) else None
            if at:
                return self.target(at, seen + (path,))
        return module

    def graph(self):
        edges = {}
        for module, text in self.text.items():
            paths = [path for path, _ in self.uses[module]] + [tuple(path.split("::")) for path in PATH.findall(text)]
            found = (self.absolute(module, path) for path in paths)
            edges[module] = {self.target(path) for path in found if path is not None} - {module}
        return edges


def circles(edges):
    """Groups of nodes that reach each other (the strongly connected components of more than one)."""
    reach = {node: set(targets) for node, targets in edges.items()}
    for middle in edges:
        for targets in (targets for targets in reach.values() if middle in targets):
            targets |= reach[middle]
    groups = {frozenset(other for other in reach[node] if node in reach.get(other, ())) for node in edges}
    return sorted((sorted(group) for group in groups if len(group) > 1), key=lambda group: (-len(group), group))


def main():
    top, failed, needs = Path(sys.argv[1] if len(sys.argv) > 1 else "."), False, {}
    for path in sorted(top.rglob("Cargo.toml")):
        manifest = tomllib.loads(path.read_text()) if "target" not in path.relative_to(top).parts else {}
        if "package" not in manifest:
            continue
        name = manifest["package"]["name"]
        needs[name] = {*manifest.get("dependencies", {}), *manifest.get("build-dependencies", {})}
        roots = [path.parent / "src" / root for root in ("lib.rs", "main.rs")]
        found = next((circles(Crate(root).graph()) for root in roots if root.exists()), [])
        print(f"{name}: {len(found)} circles" + (f", the largest of {len(found[0])} files" if found else ""))
        for group in found:
            print("  " + " ".join("/".join(module) or "lib" for module in group))
            failed |= len(group) > MAX
    across = circles({name: needed & needs.keys() for name, needed in needs.items()})
    print(f"across crates: {len(across)} circles", *(" ".join(group) for group in across), sep="\n  ")
    return int(failed or bool(across))


if __name__ == "__main__":
    sys.exit(main())
