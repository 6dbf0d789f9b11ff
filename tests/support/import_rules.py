"""An import-linter contract that lists what may be imported. The contracts of import-linter itself list what may not."""

import sys
from typing import TYPE_CHECKING, Any, cast

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from grimp import ImportGraph


class AllowedContract(Contract):
    """`source_modules` may only import the standard library, themselves and `allowed_modules`."""

    source_modules = fields.ListField(subfield=fields.ModuleField())
    allowed_modules = fields.ListField(subfield=fields.StringField())

    def check(self, graph: "ImportGraph", verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - import-linter's signature
        """Every import that is not allowed, as `importer imports imported`."""
        wrong: list[str] = []
        # After the contract is read, these fields are lists, but their declared type is ListField.
        for source in cast("list[Any]", self.source_modules):
            own = {source.name, *graph.find_descendants(source.name)}
            allowed = {*sys.stdlib_module_names, *cast("list[str]", self.allowed_modules)}
            for importer in own:
                imported = graph.find_modules_directly_imported_by(importer) - own
                wrong += [f"{importer} imports {name}" for name in imported if not allowed & {name, name.partition(".")[0]}]
        return ContractCheck(kept=not wrong, metadata={"wrong": sorted(wrong)})

    def render_broken_contract(self, check: Any) -> None:
        """Print the imports that are not allowed."""
        for line in check.metadata["wrong"]:
            output.print_error(line)
