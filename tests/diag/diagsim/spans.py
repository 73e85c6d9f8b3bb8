# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of time as sorted lists of half-open (start, end) pairs; FOREVER ends an open one."""
from bisect import bisect_right

FOREVER = 1e12


def union(*lists):
    out = []
    for start, end in sorted(span for spans in lists for span in spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        elif end > start:
            out.append((start, end))
    return out


def intersection(one, other):
    out, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if start < end:
            out.append((start, end))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return out


def span_at(spans, t):
    """The span of a sorted list that holds t, or None."""
    i = bisect_right(spans, (t, FOREVER * 2)) - 1
    return spans[i] if i >= 0 and spans[i][0] <= t < spans[i][1] else None


def within(spans, t):
    return bool(spans) and span_at(spans, t) is not None
