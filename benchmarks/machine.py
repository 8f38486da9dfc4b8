"""What figures depend on besides the limits; nothing that names the machine."""

from __future__ import annotations

import os
import platform

LEFT_OUT = ("SONISBRIDGE_", "DJANGO_", "PYTHONDONTWRITEBYTECODE")
"""What a program that is measured is not told of its surroundings: it is set up as for a user, modules compiled."""


def machine() -> dict[str, object]:
    """Cores, memory, Python and system of this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return {
        "cores": os.cpu_count(),
        "memory_gb": memory,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
