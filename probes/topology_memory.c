/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is believed of a switch's tables from one reading to the next: an empty answer where there
 * was a full one is doubt, and becomes belief when the next reading says the same.
 */
#include "topology_impl.h"

enum {
	SILENCES_MAX = 2, /* runs in a row */
	SPARED_RUNS = 16, /* then only every so many runs it is asked for again */
};

enum topology_belief
topology_judge(const struct topology_memory *memory, size_t table,
	       const struct topology_doubt *doubt, uint32_t rows)
{
	uint64_t before = memory->rows[table];
	bool is_less = before > 0 && rows == 0;

	if (before >= doubt->rows && (uint64_t)rows * 100 < before * doubt->below_percent)
		is_less = true;
	if (!is_less)
		return BELIEVED;
	return memory->doubted & 1u << table ? DOUBTED_BEFORE : DOUBTED_ONCE;
}

void
topology_believe(struct topology_memory *memory, size_t table, uint32_t rows)
{
	memory->rows[table] = rows;
	memory->doubted &= ~(1u << table);
}

void
topology_keep_doubt(struct topology_memory *memory, size_t table)
{
	memory->doubted |= 1u << table;
}

bool
topology_is_spared(const struct topology_memory *memory, size_t table)
{
	return memory->silences[table] >= SILENCES_MAX && memory->runs % SPARED_RUNS != 0;
}

void
topology_note_silence(struct topology_memory *memory, size_t table, bool is_silent)
{
	if (!is_silent)
		memory->silences[table] = 0;
	else if (memory->silences[table] < UINT8_MAX)
		memory->silences[table]++;
}
