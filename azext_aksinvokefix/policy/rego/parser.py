"""Rego modules, version 0 and 1: packages, imports, rules and bodies. No turn is tried twice: the time is linear."""

from __future__ import annotations

from dataclasses import replace

from azext_aksinvokefix.policy.rego.errors import RefusedError
from azext_aksinvokefix.policy.rego.lexer import END, NAME
from azext_aksinvokefix.policy.rego.syntax import (
    COMPLETE,
    FUNCTION,
    PARTIAL_OBJECT,
    PARTIAL_SET,
    Beyond,
    Body,
    Call,
    Constant,
    Every,
    Expression,
    Import,
    Module,
    Ref,
    Rule,
    SomeIn,
    SomeVars,
    Term,
    Test,
    Unify,
    Var,
)
from azext_aksinvokefix.policy.rego.terms import MEMBER, MEMBER_WITH_KEY, TermParser

_FUTURE = frozenset({"contains", "every", "if", "in"})
_TRUE = Constant(True)


def parse(text: str, *, version: int = 0) -> Module:
    """Raises RefusedError for text that is not Rego, or not the part of it that is read here."""
    parser = _ModuleParser(text)
    if version == 1:
        parser.keywords |= _FUTURE
    return parser.module()


class _ModuleParser(TermParser):
    def module(self) -> Module:
        self.expect("package")
        package = self._path()
        imports = []
        while self.take("import"):
            found = self._import()
            if found:
                imports.append(found)
        rules: list[Rule] = []
        while self.token.kind != END:
            rules.extend(self._rules())
        return Module(package, tuple(imports), tuple(rules))

    def _path(self) -> tuple[str, ...]:
        term = self.operand()
        if isinstance(term, Var):
            return (term.name,)
        parts = term.path if isinstance(term, Ref) and isinstance(term.head, Var) else ()
        names = [part.value for part in parts if isinstance(part, Constant) and isinstance(part.value, str)]
        if not names or len(names) != len(parts):
            raise self.refuse()
        return (term.head.name, *names)  # type: ignore[union-attr]

    def _import(self) -> Import | None:
        path = self._path()
        alias = self.name() if self.take("as") else path[-1]
        if path == ("rego", "v1"):
            self.keywords |= _FUTURE
            return None
        if path[:2] == ("future", "keywords"):
            if not set(path[2:]) <= _FUTURE:
                raise RefusedError(f"it imports {'.'.join(path)}")
            self.keywords |= set(path[2:]) or _FUTURE
            return None
        if path[0] not in ("data", "input"):
            raise RefusedError(f"it imports {'.'.join(path)}")
        return Import(path, alias)

    # Rules

    def _rules(self) -> list[Rule]:
        if self.take("default"):
            return [replace(self._head(), default=True)]
        head = self._head()
        conditional = self.take("if") if "if" in self.keywords else False
        if not conditional and self.token.text != "{":
            return [self._bare(head)]
        head = self._decided(head, conditional=conditional)
        rules = [replace(head, body=self._rule_body(conditional))]
        if self.at("else"):
            return [replace(rules[0], otherwise=self._otherwise(head))]
        while self.at("{"):
            rules.append(replace(head, body=self.block()))
        return rules

    def _head(self) -> Rule:
        """Name, arguments, key and value; ``_decided`` settles what ``name[key]`` means."""
        name, line = self.name(), self.token.line
        arguments, key = self._arguments(), None
        if arguments is None and self.take("["):
            key = self.term()
            self.expect("]")
        if self.at(".") or self.at("["):
            raise RefusedError(f"the name of the rule at line {line} has several parts")
        if "contains" in self.keywords and self.take("contains"):
            return Rule(PARTIAL_SET, name, key=self.term())
        value = self.term() if self.take(":=") or self.take("=") else None
        if arguments:
            return Rule(FUNCTION, name, arguments, value=value or _TRUE)
        if key is not None:
            return Rule(PARTIAL_OBJECT if value else "", name, key=key, value=value)
        return Rule(COMPLETE, name, value=value or _TRUE)

    def _arguments(self) -> tuple[Term, ...] | None:
        return self.list_of(")") if self.take("(") else None

    def _decided(self, head: Rule, *, conditional: bool) -> Rule:
        if head.kind:
            return head
        # `p[x] if …` maps x to true; without `if` it is a set, as it was before there was one.
        return replace(head, kind=PARTIAL_OBJECT, value=_TRUE) if conditional else replace(head, kind=PARTIAL_SET)

    def _bare(self, head: Rule) -> Rule:
        """A rule without a body: `p = 1`, `p contains 1`, `p["a"]`, `f("a", _)`."""
        if head.kind == COMPLETE and head.value is _TRUE:
            raise self.refuse()
        return self._decided(head, conditional=False)

    def _rule_body(self, conditional: bool) -> Body:
        return self.block() if self.at("{") or not conditional else (self._literal(),)

    def _otherwise(self, head: Rule) -> Rule | None:
        if head.kind not in (COMPLETE, FUNCTION):
            raise self.refuse()
        clauses = []
        while self.take("else"):
            value = self.term() if self.take("=") or self.take(":=") else _TRUE
            conditional = self.take("if") if "if" in self.keywords else False
            has_body = conditional or self.at("{")
            clauses.append(replace(head, value=value, body=self._rule_body(conditional) if has_body else ()))
        otherwise: Rule | None = None
        for clause in reversed(clauses):
            otherwise = replace(clause, otherwise=otherwise)
        return otherwise

    # Bodies

    def block(self) -> Body:
        self.expect("{")
        body = self.body("}")
        self.expect("}")
        return body

    def body(self, end: str) -> Body:
        """Expressions up to, and without, the closing sign; a line or a semicolon ends each."""
        with self.deeper():
            found = [self._literal()]
            while not self.at(end):
                if not self.take(";") and not self.token.on_new_line:
                    raise self.refuse()
                if self.at(end):
                    break
                found.append(self._literal())
            return tuple(found)

    def _literal(self) -> Expression:
        line = self.token.line
        negated = self.take("not")
        if self._keyword("some") and not negated:
            expression: Expression = self._some()
        elif "every" in self.keywords and self._keyword("every") and not negated:
            expression = self._every()
        else:
            expression = self._expression(negated)
        if self.at("with"):
            self._skip_with()
            return Beyond(f"line {line} evaluates a rule `with` another input")
        return expression

    def _keyword(self, word: str) -> bool:
        """Whether the word stands here as a keyword, not as the name of a document."""
        following = self.following
        return self.at(word) and self.token.kind == NAME and following.text not in (".", "[", "(", ":=", "=", "==")

    def _expression(self, negated: bool) -> Expression:
        left = self.term()
        for sign, declares in ((":=", True), ("=", False)):
            if self.take(sign):
                return Unify(left, self.term(), declares=declares, negated=negated)
        return Test(left, negated)

    def _skip_with(self) -> None:
        while self.take("with"):
            self.term()
            self.expect("as")
            self.term()

    def _some(self) -> SomeVars | SomeIn:
        self.expect("some")
        first = self.term()
        if isinstance(first, Call) and first.path in (MEMBER, MEMBER_WITH_KEY):
            *targets, domain = first.arguments
            return SomeIn(targets[0] if len(targets) > 1 else None, targets[-1], domain)
        terms = [first]
        while self.take(","):
            terms.append(self.term(listed=True))
        names = [term.name for term in terms if isinstance(term, Var)]
        if len(names) != len(terms):
            raise self.refuse()
        return SomeVars(tuple(names))

    def _every(self) -> Every:
        self.expect("every")
        member = self.term()
        if not isinstance(member, Call) or member.path not in (MEMBER, MEMBER_WITH_KEY):
            raise self.refuse()
        *targets, domain = member.arguments
        names = [target.name for target in targets if isinstance(target, Var)]
        if len(names) != len(targets):
            raise self.refuse()
        return Every(names[0] if len(names) > 1 else None, names[-1], domain, self.block())
