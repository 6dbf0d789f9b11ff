"""Packages are layered: no two packages import each other, directly or through others."""

import grimp
import pytest

ROOTS = ("functions", "lib", "local", "migrations")


def package_of(module: str) -> str:
    """The package that a module belongs to: lib.payments, functions.orders, migrations."""
    root, _, rest = module.partition(".")
    return root if root == "migrations" or not rest else f"{root}.{rest.partition('.')[0]}"


def imports_of_packages() -> dict[str, set[str]]:
    graph = grimp.build_graph(*ROOTS)
    imports: dict[str, set[str]] = {}
    for module in graph.modules:
        imported = {package_of(name) for name in graph.find_modules_directly_imported_by(module)}
        imports.setdefault(package_of(module), set()).update(imported - {package_of(module)})
    return imports


def strong_components(imports: dict[str, set[str]]) -> list[set[str]]:
    """The strongly connected components: sets of packages in which each one needs all the others."""

    def needed_by(package: str) -> set[str]:
        needed: set[str] = set()
        waiting = [package]
        while waiting:
            for name in imports.get(waiting.pop(), set()) - needed:
                needed.add(name)
                waiting.append(name)
        return needed

    needs = {package: needed_by(package) for package in imports}
    components = {
        frozenset({package, *(other for other in needs[package] if package in needs.get(other, set()))})
        for package in imports
    }
    return [set(component) for component in components if len(component) > 1]


def test_no_packages_need_each_other_in_a_ring() -> None:
    imports = imports_of_packages()
    assert {"lib.payments", "lib.orders", "functions.orders"} <= imports.keys()
    assert strong_components(imports) == []


@pytest.mark.parametrize(
    ("imports", "rings"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"a"}, "c": {"a"}}, [{"a", "b"}]),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}, [{"a", "b", "c"}]),
    ],
)
def test_a_ring_is_found_however_long_it_is(imports: dict[str, set[str]], rings: list[set[str]]) -> None:
    assert strong_components(imports) == rings
