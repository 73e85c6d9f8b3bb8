/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the decoding alone of a switch costs.
 */
#ifndef TESTS_BENCH_TOPOLOGY_DECODE_H
#define TESTS_BENCH_TOPOLOGY_DECODE_H

#include <stddef.h>

/* Makes a view of a dump this often; prints "decode_us X ports N stations N". Exit status. */
int decode_bench(const char *path, size_t rounds);

#endif
