"""What each name of a module means: a variable of the rule, another rule, an import, the input or a builtin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from azext_aksinvokefix.policy.rego.errors import RefusedError
from azext_aksinvokefix.policy.rego.syntax import (
    Body,
    Call,
    Collection,
    Comprehension,
    Constant,
    Document,
    Every,
    Expression,
    Module,
    Pairs,
    Ref,
    Rule,
    SomeIn,
    SomeVars,
    Term,
    Test,
    Unify,
    Var,
)

Path = tuple[str, ...]
INPUT: Path = ("input",)
INVENTORY: Path = ("inventory",)


def link(modules: Iterable[Module]) -> dict[Path, list[Rule]]:
    """Every rule by its path below `data`, names resolved."""
    modules = list(modules)
    packages: dict[Path, set[str]] = {}
    for module in modules:
        packages.setdefault(module.package, set()).update(rule.name for rule in module.rules)
    rules: dict[Path, list[Rule]] = {}
    for module in modules:
        resolver = _Resolver(module, packages)
        for rule in module.rules:
            rules.setdefault((*module.package, rule.name), []).append(resolver.rule(rule))
    return rules


class _Resolver:  # pylint: disable=too-few-public-methods
    def __init__(self, module: Module, packages: Mapping[Path, set[str]]) -> None:
        self._package, self._packages = module.package, packages
        self._rules = packages[module.package]
        self._imports = {item.alias: item.path for item in module.imports}
        self._scopes: list[dict[str, str]] = []
        self._made = 0

    def rule(self, rule: Rule) -> Rule:
        self._scopes = [self._fresh(_variables(rule.arguments))]
        arguments = tuple(map(self._term, rule.arguments))
        return self._clause(rule, arguments)

    def _clause(self, rule: Rule, arguments: tuple[Term, ...]) -> Rule:
        otherwise = self._clause(rule.otherwise, arguments) if rule.otherwise else None
        self._scopes.append({})
        resolved = replace(
            rule,
            arguments=arguments,
            body=self._body(rule.body),
            key=self._optional(rule.key),
            value=self._optional(rule.value),
            otherwise=otherwise,
        )
        self._scopes.pop()
        return resolved

    def _fresh(self, names: Iterable[str]) -> dict[str, str]:
        scope = {}
        for name in names:
            self._made += 1
            scope[name] = f"{name}#{self._made}"
        return scope

    def _optional(self, term: Term | None) -> Term | None:
        return self._term(term) if term is not None else None

    # Expressions

    def _body(self, body: Body) -> Body:
        """In the order of the text: what stands before a declaration, such as a comprehension, does not mean it."""
        resolved = []
        for expression in body:
            if isinstance(expression, SomeVars):
                self._declare(expression.names)
            else:
                resolved.append(self._expression(expression))
        return tuple(resolved)

    def _declare(self, names: Iterable[str]) -> None:
        scope = self._scopes[-1]
        scope.update(self._fresh(name for name in dict.fromkeys(names) if name not in scope))

    def _expression(self, expression: Expression) -> Expression:
        if isinstance(expression, Test):
            return replace(expression, term=self._term(expression.term))
        if isinstance(expression, Unify):
            right = self._term(expression.right)
            if expression.declares:
                self._declare(_variables((expression.left,)))
            return replace(expression, left=self._term(expression.left), right=right)
        if isinstance(expression, SomeIn):
            domain = self._term(expression.domain)
            self._declare(_variables(term for term in (expression.key, expression.value) if term))
            return SomeIn(self._optional(expression.key), self._term(expression.value), domain)
        if isinstance(expression, Every):
            return self._every(expression)
        return expression

    def _every(self, every: Every) -> Every:
        domain = self._term(every.domain)
        names = [name for name in (every.key, every.value) if name]
        self._scopes.append(self._fresh(names))
        key, value = [self._local(name) if name else None for name in (every.key, every.value)]
        resolved = Every(key, str(value), domain, self._body(every.body))
        self._scopes.pop()
        return resolved

    # Terms

    def _term(self, term: Term) -> Term:  # pylint: disable=too-many-return-statements
        if isinstance(term, Var):
            return self._var(term)
        if isinstance(term, Ref):
            return self._ref(term)
        if isinstance(term, Call):
            return self._call(term)
        if isinstance(term, Comprehension):
            return self._comprehension(term)
        if isinstance(term, Collection):
            return replace(term, items=tuple(map(self._term, term.items)))
        if isinstance(term, Pairs):
            return Pairs(tuple((self._term(key), self._term(value)) for key, value in term.items))
        return term

    def _local(self, name: str) -> str | None:
        return next((scope[name] for scope in reversed(self._scopes) if name in scope), None)

    def _var(self, var: Var) -> Term:
        local = self._local(var.name)
        if local:
            return Var(local)
        path = self._global(var.name)
        return self._document(path, ()) if path else var

    def _global(self, name: str) -> Path | None:
        """The path of a name that is not local, `data` or `input` first."""
        if name in self._rules:
            return ("data", *self._package, name)
        return self._imports.get(name) or ((name,) if name in ("input", "data") else None)

    def _ref(self, ref: Ref) -> Term:
        path = tuple(map(self._term, ref.path))
        if isinstance(ref.head, Var) and not self._local(ref.head.name):
            known = self._global(ref.head.name)
            if known:
                return self._document(known, path)
        head = self._term(ref.head)
        return Ref(head.head, (*head.path, *path)) if isinstance(head, Ref) else Ref(head, path)

    def _document(self, path: Path, behind: tuple[Term, ...]) -> Ref:
        if path[0] == "input":
            return Ref(Document(INPUT), (*map(Constant, path[1:]), *behind))
        full: tuple[Term, ...] = (*map(Constant, path[1:]), *behind)
        names = []
        for part in full:
            if not isinstance(part, Constant) or not isinstance(part.value, str):
                break
            names.append(part.value)
        if names[:1] == ["inventory"]:
            return Ref(Document(INVENTORY), full[1:])
        for length in range(len(names) - 1, 0, -1):
            if names[length] in self._packages.get(tuple(names[:length]), ()):
                return Ref(Document(tuple(names[: length + 1])), full[length + 1 :])
        raise RefusedError(f"it reads data.{'.'.join(names)}")

    def _call(self, call: Call) -> Call:
        arguments = tuple(map(self._term, call.arguments))
        head, *rest = call.path
        path = None if self._local(head) else self._global(head)
        if path and path[0] == "data":
            return Call((*path, *rest), arguments)
        return Call((".".join(call.path),), arguments)

    def _comprehension(self, found: Comprehension) -> Comprehension:
        self._scopes.append({})
        body = self._body(found.body)
        resolved = Comprehension(found.kind, self._optional(found.key), self._term(found.value), body)
        self._scopes.pop()
        return resolved


def _variables(terms: Iterable[Term]) -> list[str]:
    """The variables of patterns."""
    names: list[str] = []
    for term in terms:
        if isinstance(term, Var):
            names.append(term.name)
        elif isinstance(term, Collection):
            names.extend(_variables(term.items))
        elif isinstance(term, Pairs):
            names.extend(_variables(value for _, value in term.items))
    return names
