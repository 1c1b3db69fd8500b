"""How hard properties are tried: 200 examples each, or as many as INVVAL_EXAMPLES says (a soak)."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "soak",
    settings.get_profile("ci"),
    max_examples=int(os.environ.get("INVVAL_EXAMPLES", "20000")),
    derandomize=False,
)
settings.load_profile("soak" if "INVVAL_EXAMPLES" in os.environ else "ci")
