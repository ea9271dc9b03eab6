//! Checks scenarios against an environment and runs them: the machine, which asks for effects and performs none.
