"""python -m nanonis_qcodes_controller."""

import sys

from .cli import main

sys.exit(main())
