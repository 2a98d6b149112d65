"""Measures Packhouse against nginx, pypiserver and devpi-server: `./dev bench`."""
