"""No core file, neither of this process nor of one that it starts."""

import subprocess
import sys

SCRIPT = """
import resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_CORE, (1, resource.getrlimit(resource.RLIMIT_CORE)[1]))
from activation_core import core_files
core_files.switch_off()
print(subprocess.check_output([sys.executable, "-c",
    "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"], text=True))
"""


def test_no_core_file_is_left_of_a_process_or_of_those_that_it_starts():
    told = subprocess.check_output([sys.executable, "-c", SCRIPT], text=True)
    assert told.strip() == "(0, 0)"
