"""The mean-field theory of wide networks in numbers: where signal, gradient and correlation go with depth."""
