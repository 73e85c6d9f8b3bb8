/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Doors and access points (ONVIF Door Control 5.2, Access Control 5.2).
 */
#include "onvif_read.h"

#include <string.h>

#define WORD(name) (1U << ONVIF_DOOR_##name)

/* Words that each member of tdc:DoorState may be. */
enum {
	WORDS_DOOR = WORD(UNKNOWN) | WORD(OPEN) | WORD(CLOSED) | WORD(FAULT),
	WORDS_LOCK = WORD(UNKNOWN) | WORD(LOCKED) | WORD(UNLOCKED) | WORD(FAULT),
	WORDS_ALARM = WORD(NORMAL) | WORD(FORCED_OPEN) | WORD(OPEN_TOO_LONG),
	WORDS_TAMPER = WORD(UNKNOWN) | WORD(NOT_IN_TAMPER) | WORD(TAMPER_DETECTED),
	WORDS_FAULT = WORD(UNKNOWN) | WORD(NOT_IN_FAULT) | WORD(FAULT_DETECTED),
	WORDS_MODE = WORD(UNKNOWN) | WORD(LOCKED) | WORD(UNLOCKED) | WORD(ACCESSED) |
		     WORD(BLOCKED) | WORD(LOCKED_DOWN) | WORD(LOCKED_OPEN) | WORD(DOUBLE_LOCKED),
};

static enum onvif_door_word
read_word(struct soap_reader *reader, xmlNode *state, const char *path, unsigned allowed)
{
	const char *text = xml_text_at(reader, state, path);

	if (text[0] == '\0')
		return ONVIF_DOOR_ABSENT;
	for (int i = ONVIF_DOOR_UNKNOWN; i < ONVIF_DOOR_WORD_COUNT; i++) {
		if ((allowed & 1U << i) != 0 &&
		    strcmp(text, onvif_door_word((enum onvif_door_word)i)) == 0)
			return (enum onvif_door_word)i;
	}
	reader->oddities |= ONVIF_ODD_VALUE;
	return ONVIF_DOOR_OTHER;
}

bool
onvif_read_door_state(struct soap_reader *reader, xmlNode *response, struct onvif_door_state *out)
{
	xmlNode *state = xml_child(reader, response, "DoorState");

	if (xml_first(state, NULL) == NULL)
		return false;
	out->mode = read_word(reader, state, "DoorMode", WORDS_MODE);
	out->door = read_word(reader, state, "DoorPhysicalState", WORDS_DOOR);
	out->lock = read_word(reader, state, "LockPhysicalState", WORDS_LOCK);
	out->double_lock = read_word(reader, state, "DoubleLockPhysicalState", WORDS_LOCK);
	out->alarm = read_word(reader, state, "Alarm", WORDS_ALARM);
	out->tamper = read_word(reader, state, "Tamper/State", WORDS_TAMPER);
	out->fault = read_word(reader, state, "Fault/State", WORDS_FAULT);
	out->tamper_reason = xml_text_at(reader, state, "Tamper/Reason");
	out->fault_reason = xml_text_at(reader, state, "Fault/Reason");
	return true;
}

bool
onvif_read_doors(struct soap_reader *reader, xmlNode *response, struct onvif_doors *out)
{
	xmlNode *node = xml_first(response, "DoorInfo");

	out->next_start = xml_text_at(reader, response, "NextStartReference");
	out->items = onvif_list(reader, response, "DoorInfo", sizeof(*out->items), &out->count);
	for (size_t i = 0; i < out->count; i++, node = xml_next(node, "DoorInfo")) {
		out->items[i] = (struct onvif_door){
			.token = xml_attribute(reader, node, "token"),
			.name = xml_text_at(reader, node, "Name"),
			.description = xml_text_at(reader, node, "Description"),
		};
	}
	return true;
}

bool
onvif_read_access_points(struct soap_reader *reader, xmlNode *response,
			 struct onvif_access_points *out)
{
	xmlNode *node = xml_first(response, "AccessPointInfo");

	out->next_start = xml_text_at(reader, response, "NextStartReference");
	out->items =
		onvif_list(reader, response, "AccessPointInfo", sizeof(*out->items), &out->count);
	for (size_t i = 0; i < out->count; i++, node = xml_next(node, "AccessPointInfo")) {
		out->items[i] = (struct onvif_access_point){
			.token = xml_attribute(reader, node, "token"),
			.name = xml_text_at(reader, node, "Name"),
			.description = xml_text_at(reader, node, "Description"),
			.entity = xml_text_at(reader, node, "Entity"),
		};
	}
	return true;
}
