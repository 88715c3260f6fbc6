"""cvc5 in a process of its own: a script on standard input, an answer a line on standard output.

Some of cvc5's preprocessing looks at no limit; a process can be ended. Run as a file; the
arguments are options, NAME=VALUE.
"""

from __future__ import annotations

import sys

import cvc5


def main(script: str, options: list[str]) -> None:
    solver = cvc5.Solver(cvc5.TermManager())
    for option in options:
        solver.setOption(*option.split("=", 1))
    parser = cvc5.InputParser(solver)
    try:
        parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "certificate")
        symbols = parser.getSymbolManager()
        while not (command := parser.nextCommand()).isNull():
            answer = " ".join(str(command.invoke(solver, symbols)).split())
            if answer:
                print(answer, flush=True)
    except RuntimeError as error:  # it could not read the script
        print(f"(error {' '.join(str(error).split())})", flush=True)


if __name__ == "__main__":
    main(sys.stdin.read(), sys.argv[1:])
