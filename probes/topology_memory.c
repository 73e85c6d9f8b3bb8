/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is believed of a switch's tables from one reading to the next: an empty answer where there
 * was a full one is doubt, and becomes belief when the next reading says the same.
 */
#include "topology_impl.h"

#include <string.h>

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
	return memory->doubted >> table & 1 ? DOUBTED_BEFORE : DOUBTED_ONCE;
}

void
topology_believe(struct topology_memory *memory, size_t table, uint32_t rows)
{
	memory->rows[table] = rows;
	memory->doubted &= ~((uint64_t)1 << table);
}

void
topology_keep_doubt(struct topology_memory *memory, size_t table)
{
	memory->doubted |= (uint64_t)1 << table;
}

bool
topology_is_spared(const struct topology_memory *memory, size_t table)
{
	return memory->silences[table] >= SILENCES_MAX && memory->runs % SPARED_RUNS != 0;
}

struct topology_place *
topology_place_of(struct topology_memory *memory, size_t table)
{
	struct topology_place *empty = NULL;

	for (size_t i = 0; i < TOPOLOGY_PLACES; i++) {
		struct topology_place *place = &memory->places[i];

		if (place->len > 0 && place->table == table)
			return place;
		if (place->len == 0)
			empty = place;
	}
	return empty;
}

bool
topology_vlan_is_spared(const struct topology_memory *memory, uint16_t vlan)
{
	for (size_t i = 0; i < TOPOLOGY_SILENT_VLANS; i++) {
		if (memory->silent_vlans[i] == vlan)
			return memory->runs % SPARED_RUNS != 0;
	}
	return false;
}

void
topology_note_vlan_silence(struct topology_memory *memory, uint16_t vlan)
{
	if (memory->runs % SPARED_RUNS == 0) /* all have been asked again */
		memset(memory->silent_vlans, 0, sizeof(memory->silent_vlans));
	for (size_t i = 0; i < TOPOLOGY_SILENT_VLANS; i++) {
		if (memory->silent_vlans[i] == 0 || memory->silent_vlans[i] == vlan) {
			memory->silent_vlans[i] = vlan;
			return;
		}
	}
}

void
topology_note_silence(struct topology_memory *memory, size_t table, bool is_silent)
{
	if (!is_silent)
		memory->silences[table] = 0;
	else if (memory->silences[table] < UINT8_MAX)
		memory->silences[table]++;
}
