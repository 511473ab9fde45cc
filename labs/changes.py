"""A fix is kept as what differs: the definitions that take the place of those of the same name."""

import ast


def changed(program: str, *fixes: str) -> str:
    """Return the program with the definitions of each fix in their place; what is new goes to the end."""
    body = ast.parse(program).body
    for fix in fixes:
        for statement in ast.parse(fix).body[1:]:  # its docstring says what it is
            _put(body, statement)
    return ast.unparse(ast.Module(body, type_ignores=[]))


def _put(body: list[ast.stmt], statement: ast.stmt) -> None:
    names = _names(statement)
    for index, there in enumerate(body):
        if names and _names(there) == names:
            body[index] = statement
            return
    is_import = isinstance(statement, ast.Import | ast.ImportFrom)
    body.insert(_behind_imports(body) if is_import else len(body) - 1, statement)  # the last one starts it


def _names(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Assign):
        return {target.id for target in statement.targets if isinstance(target, ast.Name)}
    return set()


def _behind_imports(body: list[ast.stmt]) -> int:
    imports = [i for i, there in enumerate(body) if isinstance(there, ast.Import | ast.ImportFrom)]
    return max(imports, default=0) + 1
