"""No core, neither of this process nor of one that it starts."""

import os
import resource
import subprocess
import sys

MOST = "import resource; resource.setrlimit(resource.RLIMIT_CORE, 2 * resource.getrlimit(resource.RLIMIT_CORE)[1:])\n"
SWITCHED_OFF = f"{MOST}from activation_core import core_files; core_files.switch_off()\n"
STARTS_ANOTHER = "import subprocess, sys\nprint(subprocess.check_output([sys.executable, '-c', {!r}], text=True))"
TELLS = "import resource; print(*resource.getrlimit(resource.RLIMIT_CORE))"


def test_the_limit_is_the_one_at_which_no_program_is_handed_a_core_either_and_goes_on_to_others():
    """With 0, systemd-coredump and apport get them all the same; where no more is allowed, it stays."""
    limit = "1" if resource.getrlimit(resource.RLIMIT_CORE)[1] else "0"
    told = subprocess.check_output([sys.executable, "-c", SWITCHED_OFF + STARTS_ANOTHER.format(TELLS)], text=True)
    assert told.split() == [limit, limit]


def test_a_process_that_falls_over_leaves_no_core(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    falls = [sys.executable, "-c", f"{SWITCHED_OFF}import os; os.abort()"]
    with subprocess.Popen(falls, cwd=tmp_path, env=environment) as process:
        ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert ended.si_code == os.CLD_KILLED  # with a core: CLD_DUMPED
    assert list(tmp_path.iterdir()) == []
