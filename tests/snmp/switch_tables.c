/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables of the fake switch, as the MIBs have them. Base ports are not the ifIndexes: base port N
 * is interface 100 + N.
 */
#include "switch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { IF_FIRST = 100 };

void
switch_put_system(struct fake_switch *sw, const char *object_id)
{
	switch_put_text(sw, "1.3.6.1.2.1.1.1.0", UINT32_MAX, "Example switch");
	switch_put_oid(sw, "1.3.6.1.2.1.1.2.0", object_id);
	switch_put_number(sw, 0, "1.3.6.1.2.1.1.3.0", UINT32_MAX, VB_TIMETICKS, 8640000);
	switch_put_text(sw, "1.3.6.1.2.1.1.5.0", UINT32_MAX, "acc-1");
	switch_put_bytes(sw, 0, "1.3.6.1.2.1.17.1.1.0", UINT32_MAX, "\x00\x16\x3e\xff\x00\x01", 6);
	switch_put_bytes(sw, 0, "1.3.6.1.2.1.17.2.5.0", UINT32_MAX,
			 "\x80\x00\x00\x16\x3e\xff\x00\x09", 8);
	switch_put_number(sw, 0, "1.3.6.1.2.1.17.2.7.0", UINT32_MAX, VB_INTEGER, 1);
	switch_put_number(sw, 0, "1.0.8802.1.1.2.1.3.1.0", UINT32_MAX, VB_INTEGER, 4);
	switch_put_bytes(sw, 0, "1.0.8802.1.1.2.1.3.2.0", UINT32_MAX, "\x00\x16\x3e\xff\x00\x01",
			 6);
}

void
switch_put_ports(struct fake_switch *sw, unsigned count)
{
	static const struct {
		const char *oid;
		enum varbind_type type;
		uint32_t number;
	} columns[] = {
		{"1.3.6.1.2.1.2.2.1.3", VB_INTEGER, 6},
		{"1.3.6.1.2.1.2.2.1.5", VB_GAUGE32, 1000000000},
		{"1.3.6.1.2.1.2.2.1.7", VB_INTEGER, 1},
		{"1.3.6.1.2.1.2.2.1.8", VB_INTEGER, 1},
		{"1.3.6.1.2.1.2.2.1.9", VB_TIMETICKS, 4711},
		{"1.3.6.1.2.1.2.2.1.10", VB_COUNTER32, 1234567},
		{"1.3.6.1.2.1.2.2.1.13", VB_COUNTER32, 0},
		{"1.3.6.1.2.1.2.2.1.14", VB_COUNTER32, 3},
		{"1.3.6.1.2.1.2.2.1.16", VB_COUNTER32, 7654321},
		{"1.3.6.1.2.1.2.2.1.19", VB_COUNTER32, 0},
		{"1.3.6.1.2.1.2.2.1.20", VB_COUNTER32, 0},
		{"1.3.6.1.2.1.31.1.1.1.15", VB_GAUGE32, 1000},
		{"1.3.6.1.2.1.10.7.2.1.19", VB_INTEGER, 3},
	};

	for (uint32_t port = 1; port <= count; port++) {
		uint32_t index = IF_FIRST + port;
		uint8_t mac[6] = {0, 0x16, 0x3e, 0xff, 1, (uint8_t)port};
		char text[32];

		for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
			switch_put_number(sw, 0, columns[i].oid, index, columns[i].type,
					  columns[i].number);
		snprintf(text, sizeof(text), "GigabitEthernet1/0/%u", port);
		switch_put_text(sw, "1.3.6.1.2.1.2.2.1.2", index, text);
		switch_put_bytes(sw, 0, "1.3.6.1.2.1.2.2.1.6", index, mac, sizeof(mac));
		snprintf(text, sizeof(text), "Gi1/0/%u", port);
		switch_put_text(sw, "1.3.6.1.2.1.31.1.1.1.1", index, text);
		snprintf(text, sizeof(text), "camera %u", port);
		switch_put_text(sw, "1.3.6.1.2.1.31.1.1.1.18", index, text);
	}
}

void
switch_put_base_ports(struct fake_switch *sw, uint16_t vlan, unsigned count)
{
	for (uint32_t port = 1; port <= count; port++) {
		switch_put_number(sw, vlan, "1.3.6.1.2.1.17.1.4.1.2", port, VB_INTEGER,
				  IF_FIRST + port);
		if (vlan == 0)
			switch_put_number(sw, 0, "1.3.6.1.2.1.17.2.15.1.3", port, VB_INTEGER, 5);
	}
}

void
switch_put_qfdb(struct fake_switch *sw, unsigned count, unsigned ports)
{
	for (unsigned i = 0; i < count; i++) {
		char oid[96];

		for (unsigned column = 2; column <= 3; column++) {
			snprintf(oid, sizeof(oid), "1.3.6.1.2.1.17.7.1.2.2.1.%u.10.0.22.62.0.%u.%u",
				 column, i >> 8, i & 255);
			switch_put_number(sw, 0, oid, UINT32_MAX, VB_INTEGER,
					  column == 2 ? 1 + i % ports : 3);
		}
	}
}

void
switch_put_fdb(struct fake_switch *sw, uint16_t vlan, unsigned first, unsigned count,
	       unsigned ports)
{
	for (unsigned i = first; i < first + count; i++) {
		uint8_t mac[6] = {0, 0x16, 0x3e, 0, (uint8_t)(i >> 8), (uint8_t)i};
		char oid[96];

		for (unsigned column = 1; column <= 3; column++) {
			snprintf(oid, sizeof(oid), "1.3.6.1.2.1.17.4.3.1.%u.0.22.62.0.%u.%u",
				 column, i >> 8, i & 255);
			if (column == 1)
				switch_put_bytes(sw, vlan, oid, UINT32_MAX, mac, 6);
			else
				switch_put_number(sw, vlan, oid, UINT32_MAX, VB_INTEGER,
						  column == 2 ? 1 + i % ports : 3);
		}
	}
}

void
switch_put_lldp(struct fake_switch *sw, unsigned count, unsigned ports)
{
	for (uint32_t port = 1; port <= ports; port++) {
		char text[32];

		snprintf(text, sizeof(text), "Gi1/0/%u", port);
		switch_put_number(sw, 0, "1.0.8802.1.1.2.1.3.7.1.2", port, VB_INTEGER, 5);
		switch_put_text(sw, "1.0.8802.1.1.2.1.3.7.1.3", port, text);
		switch_put_text(sw, "1.0.8802.1.1.2.1.3.7.1.4", port, text);
	}
	for (unsigned i = 1; i <= count; i++) {
		uint8_t mac[6] = {0, 0x16, 0x3e, 0xfe, 0, (uint8_t)i};
		char oid[96], text[32];

		for (unsigned column = 4; column <= 12; column++) {
			snprintf(oid, sizeof(oid), "1.0.8802.1.1.2.1.4.1.1.%u.0.%u.%u", column, i,
				 i);
			if (column == 4)
				switch_put_number(sw, 0, oid, UINT32_MAX, VB_INTEGER, 4);
			else if (column == 6)
				switch_put_number(sw, 0, oid, UINT32_MAX, VB_INTEGER, 5);
			else if (column == 5)
				switch_put_bytes(sw, 0, oid, UINT32_MAX, mac, 6);
			else if (column >= 11)
				switch_put_bytes(sw, 0, oid, UINT32_MAX, "\x28", 1);
			else if (column == 7)
				switch_put_text(sw, oid, UINT32_MAX, "eth0");
			else {
				snprintf(text, sizeof(text), "dev-%u", i);
				switch_put_text(sw, oid, UINT32_MAX, text);
			}
		}
	}
}

void
switch_put_vlans(struct fake_switch *sw, unsigned ports)
{
	static const uint8_t members[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	for (uint32_t port = 1; port <= ports; port++)
		switch_put_number(sw, 0, "1.3.6.1.2.1.17.7.1.4.5.1.1", port, VB_GAUGE32, 10);
	switch_put_number(sw, 0, "1.3.6.1.2.1.17.7.1.4.2.1.3.0", 10, VB_GAUGE32, 10);
	switch_put_bytes(sw, 0, "1.3.6.1.2.1.17.7.1.4.2.1.4.0", 10, members, sizeof(members));
	switch_put_bytes(sw, 0, "1.3.6.1.2.1.17.7.1.4.2.1.5.0", 10, members, sizeof(members));
}

void
switch_put_poe(struct fake_switch *sw, unsigned ports)
{
	for (uint32_t port = 1; port <= ports; port++) {
		switch_put_number(sw, 0, "1.3.6.1.2.1.105.1.1.1.3.1", port, VB_INTEGER, 1);
		switch_put_number(sw, 0, "1.3.6.1.2.1.105.1.1.1.6.1", port, VB_INTEGER, 3);
		switch_put_number(sw, 0, "1.3.6.1.2.1.105.1.1.1.10.1", port, VB_INTEGER, 4);
	}
	switch_put_number(sw, 0, "1.3.6.1.2.1.105.1.3.1.1.2", 1, VB_GAUGE32, 370);
	switch_put_number(sw, 0, "1.3.6.1.2.1.105.1.3.1.1.3", 1, VB_INTEGER, 1);
	switch_put_number(sw, 0, "1.3.6.1.2.1.105.1.3.1.1.4", 1, VB_GAUGE32, 120);
	switch_put_number(sw, 0, "1.3.6.1.2.1.105.1.3.1.1.5", 1, VB_INTEGER, 80);
}

void
switch_put_entities(struct fake_switch *sw, unsigned count)
{
	for (uint32_t i = 1; i <= count; i++) {
		char text[32];

		switch_put_number(sw, 0, "1.3.6.1.2.1.47.1.1.1.1.4", i, VB_INTEGER, i == 1 ? 0 : 1);
		switch_put_number(sw, 0, "1.3.6.1.2.1.47.1.1.1.1.5", i, VB_INTEGER,
				  i == 1 ? 3 : 10);
		snprintf(text, sizeof(text), "entity %u", i);
		switch_put_text(sw, "1.3.6.1.2.1.47.1.1.1.1.2", i, text);
		switch_put_text(sw, "1.3.6.1.2.1.47.1.1.1.1.7", i, text);
		switch_put_text(sw, "1.3.6.1.2.1.47.1.1.1.1.11", i, i == 1 ? "SN0001" : "");
		switch_put_text(sw, "1.3.6.1.2.1.47.1.1.1.1.13", i, i == 1 ? "EX-48P" : "");
	}
}
