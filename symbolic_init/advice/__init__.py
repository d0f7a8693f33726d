"""What a derivation tells beside its steps: the table of schemes, which to use, and what to look out for."""
