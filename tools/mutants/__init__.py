"""How many small faults in the package would the tests notice? Plants them and tries one at a time.

    python -m tools.mutants --count 150 --seed 1

A mutant is one changed expression: a comparison turned round, an `and` for an `or`, a condition negated, a constant
moved, a returned value dropped. What no test notices is printed with its line. Nothing is written: the faults are
planted while the package is imported. While tests are written for one place, `--at policy/names.py:33` tries every
mutant of that line (or, without a number, of that file) and `--tests tests/unit/policy` takes the tests of that folder
alone.
"""
