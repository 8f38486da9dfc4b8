"""Whatever a server could put where a value is expected."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

words = st.text(alphabet="a0-: %é@\x00", max_size=6)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
patiently = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
"""For a machine that is busy with other things."""
