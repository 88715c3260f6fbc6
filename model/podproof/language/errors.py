"""Errors of the language: every one says what is wrong, where, and what was expected."""


class DeclarationError(Exception):
    """A machine, expression or system that cannot mean anything; raised when it is declared."""


class DomainError(Exception):
    """A step tried to store a value outside its variable's domain."""


class UnsupportedError(Exception):
    """An interpretation was asked for something it cannot express; never answered by a guess."""
