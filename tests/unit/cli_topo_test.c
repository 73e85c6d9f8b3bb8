/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree and what goes dark, on rows made up here: hidden and outside switches, rings, parents
 * that are gone, spare paths, aggregations, guesses.
 */
#include "../../src/cli/topo_impact.h"
#include "../../src/cli/topo_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX = 40 };

struct world {
	struct reader_device devices[MAX];
	struct reader_link links[MAX];
	struct reader_port ports[MAX];
	struct reader_device_list device_list;
	struct reader_link_list link_list;
	struct reader_port_list port_list;
	struct topo_tree tree;
	struct impact impact;
};

/* A device with the next id, from 1 on. */
static uint32_t
device(struct world *world, const char *name, enum device_kind kind)
{
	size_t i = world->device_list.count++;

	assert_true(i < MAX);
	world->devices[i] = (struct reader_device){.id = (uint32_t)i + 1,
						   .kind = kind,
						   .name = (char *)name,
						   .address = "",
						   .site = "hq",
						   .owner = "sec",
						   .health = HEALTH_UP};
	world->device_list.items = world->devices;
	return (uint32_t)i + 1;
}

static struct topo_link *
link_to(struct world *world, uint32_t child, uint32_t parent, uint32_t if_index)
{
	struct reader_link *link = &world->links[world->link_list.count++];

	assert_true(world->link_list.count <= MAX);
	link->link = (struct topo_link){.device = child,
					.parent = parent,
					.if_index = if_index,
					.source = TOPO_LLDP,
					.confidence = 95};
	if (if_index != 0)
		snprintf(link->link.port, sizeof(link->link.port), "gi%u", if_index);
	world->link_list.items = world->links;
	return &link->link;
}

static struct topo_link *
spare_to(struct world *world, uint32_t child, uint32_t parent, uint32_t if_index)
{
	struct topo_link *link = link_to(world, child, parent, if_index);

	link->is_spare = true;
	return link;
}

static struct topo_port *
port(struct world *world, uint32_t if_index, const char *name)
{
	struct reader_port *row = &world->ports[world->port_list.count++];

	row->port = (struct topo_port){.if_index = if_index, .admin = 1, .oper = 1};
	snprintf(row->port.name, sizeof(row->port.name), "%s", name);
	world->port_list.items = world->ports;
	return &row->port;
}

static void
build(struct world *world)
{
	assert_int_equal(
		topo_tree_build(&world->tree, &world->device_list, &world->link_list, false), 0);
}

static void
take_down(struct world *world, uint32_t id, const char *port_text)
{
	struct port_choice choice = {0};

	if (port_text != NULL) {
		port_choose(&world->port_list, port_text, &choice);
		assert_non_null(choice.port);
	}
	impact_fini(&world->impact);
	assert_int_equal(impact_compute(&world->impact, &world->tree,
					topo_tree_find(&world->tree, id), &world->port_list,
					choice.port),
			 0);
}

/* "hq-acc(cam-1 cam-2) ..." of the order as it is. */
static const char *
drawn(const struct world *world, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < world->tree.order_count; i++) {
		const struct tree_node *node = &world->tree.nodes[world->tree.order[i]];

		len += (size_t)snprintf(text + len, size - len, "%s%u%s%s", i > 0 ? " " : "",
					node->depth,
					node->type == TREE_HIDDEN    ? "~"
					: node->type == TREE_OUTSIDE ? "!"
					: node->is_unplaced	     ? "?"
					: node->is_ring		     ? "@"
								     : ":",
					node->name);
		assert_true(len < size);
	}
	return text;
}

/* "cam-1=dark ..." */
static const char *
effects(const struct world *world, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < world->impact.device_count; i++) {
		const struct impact_device *hit = &world->impact.devices[i];

		len += (size_t)snprintf(text + len, size - len, "%s%s=%s", i > 0 ? " " : "",
					world->tree.nodes[hit->place].name,
					impact_effect_name(hit->effect));
		assert_true(len < size);
	}
	return text;
}

static void
finish(struct world *world)
{
	impact_fini(&world->impact);
	topo_tree_fini(&world->tree);
}

static void
a_plain_tree_by_port(void **state)
{
	struct world world = {0};
	uint32_t cam10, cam9, acc, core;
	char text[512];

	(void)state;
	cam10 = device(&world, "cam-10", KIND_CAMERA);
	cam9 = device(&world, "cam-9", KIND_CAMERA);
	acc = device(&world, "acc", KIND_SWITCH);
	core = device(&world, "core", KIND_SWITCH);
	device(&world, "cam-lost", KIND_CAMERA);
	world.devices[cam9 - 1].health = HEALTH_DOWN;
	link_to(&world, cam10, acc, 2);
	link_to(&world, cam9, acc, 10);
	link_to(&world, acc, core, 0);
	build(&world);
	assert_string_equal(drawn(&world, text, sizeof(text)),
			    "0:core 1:acc 2:cam-10 2:cam-9 0?cam-lost");
	assert_int_equal(world.tree.unplaced, 1);
	assert_int_equal(world.tree.nodes[core - 1].devices, 3);
	assert_int_equal(world.tree.nodes[core - 1].switches, 1);
	assert_int_equal(world.tree.nodes[core - 1].by_health[HEALTH_DOWN], 1);
	assert_int_equal(topo_tree_find(&world.tree, 99), TREE_NONE);
	finish(&world);
}

static void
what_is_hidden_has_a_node(void **state)
{
	struct world world = {0};
	uint32_t acc = device(&world, "acc", KIND_SWITCH), ids[5];
	struct topo_link *link;
	char text[512];

	(void)state;
	for (int i = 0; i < 5; i++) {
		static const char *const names[] = {"a", "b", "c", "d", "e"};

		ids[i] = device(&world, names[i], KIND_CAMERA);
	}
	link_to(&world, ids[0], acc, 3)->via = VIA_UNMANAGED;
	link_to(&world, ids[1], acc, 3)->via = VIA_UNMANAGED;
	link = link_to(&world, ids[2], acc, 4);
	link->via = VIA_NAMED;
	snprintf(link->parent_name, sizeof(link->parent_name), "desk-switch");
	link_to(&world, ids[3], acc, 1)->via = VIA_SHARED;
	link = link_to(&world, ids[4], 0, 7);
	snprintf(link->parent_name, sizeof(link->parent_name), "provider");
	build(&world);
	assert_string_equal(drawn(&world, text, sizeof(text)),
			    "0:acc 1:d 1~ 2:a 2:b 1~desk-switch 2:c 0!provider 1:e");
	finish(&world);
}

static void
rings_are_cut_where_least_is_known(void **state)
{
	struct world world = {0};
	uint32_t a = device(&world, "a", KIND_SWITCH), b = device(&world, "b", KIND_SWITCH);
	uint32_t c = device(&world, "c", KIND_SWITCH), cam = device(&world, "cam", KIND_CAMERA);
	uint32_t self = device(&world, "self", KIND_SWITCH);
	char text[512];

	(void)state;
	link_to(&world, a, b, 1);
	link_to(&world, b, c, 1)->confidence = 40;
	link_to(&world, c, a, 1);
	link_to(&world, cam, a, 2);
	link_to(&world, self, self, 2);
	build(&world);
	assert_string_equal(drawn(&world, text, sizeof(text)), "0@b 1:a 2:c 2:cam 0?self");
	finish(&world);
}

static void
a_ring_alone_is_not_lost(void **state)
{
	struct world world = {0};
	uint32_t a = device(&world, "a", KIND_SWITCH), b = device(&world, "b", KIND_SWITCH);
	struct topo_link *link;
	char text[512];

	(void)state;
	link = link_to(&world, a, b, 1);
	link->via = VIA_UNMANAGED;
	link = link_to(&world, b, a, 1);
	link->via = VIA_UNMANAGED;
	build(&world);
	assert_string_equal(drawn(&world, text, sizeof(text)), "0@a 1~ 2:b");
	finish(&world);
}

static void
gone_parents(void **state)
{
	struct world world = {0};
	uint32_t old = device(&world, "old-acc", KIND_SWITCH), cam = device(&world, "cam", 0);
	uint32_t orphan = device(&world, "orphan", KIND_CAMERA);
	uint32_t gone = device(&world, "gone", KIND_CAMERA), live = device(&world, "live", 0);
	char text[512];

	(void)state;
	world.devices[old - 1].removed_ms = 5;
	world.devices[gone - 1].removed_ms = 5;
	link_to(&world, cam, old, 1);
	link_to(&world, orphan, 4711, 1);
	link_to(&world, gone, live, 1)->via = VIA_UNMANAGED;
	build(&world);
	assert_string_equal(drawn(&world, text, sizeof(text)),
			    "0:old-acc 1:cam 0! 1:orphan 0?live");
	finish(&world);
}

/* core -1- a -1- b -1- cams; b has a second path to core. */
static void
a_ring_keeps_all_reachable(void **state)
{
	struct world world = {0};
	uint32_t core = device(&world, "core", KIND_SWITCH), a = device(&world, "a", KIND_SWITCH);
	uint32_t b = device(&world, "b", KIND_SWITCH), cam = device(&world, "cam", KIND_CAMERA);
	uint32_t cam_a = device(&world, "cam-a", KIND_CAMERA);
	struct topo_link *spare;
	char text[512];

	(void)state;
	link_to(&world, a, core, 1)->device_if = 48;
	link_to(&world, b, a, 1);
	link_to(&world, cam, b, 1);
	link_to(&world, cam_a, a, 2);
	spare = spare_to(&world, b, core, 2);
	build(&world);
	/* The switch itself gone: b lives on by the other path, the camera on a does not. */
	take_down(&world, a, NULL);
	assert_string_equal(effects(&world, text, sizeof(text)), "cam-a=dark b=spared cam=spared");
	assert_ptr_equal(world.impact.devices[1].spare, spare);
	/* Its uplink gone: a is reached backwards over b. */
	port(&world, 48, "te48");
	take_down(&world, a, "Te48");
	assert_true(world.impact.is_uplink);
	assert_string_equal(effects(&world, text, sizeof(text)),
			    "a=spared b=spared cam=spared cam-a=spared");
	/* The same seen from above. */
	world.port_list.count = 0;
	port(&world, 1, "Gi1");
	take_down(&world, core, "gi1");
	assert_string_equal(effects(&world, text, sizeof(text)),
			    "a=spared b=spared cam=spared cam-a=spared");
	take_down(&world, core, NULL);
	assert_int_equal(world.impact.counts[IMPACT_DARK], 4);
	/* A guess is no path. */
	spare->confidence = 30;
	take_down(&world, a, NULL);
	assert_int_equal(world.impact.counts[IMPACT_DARK], 3);
	finish(&world);
}

static void
guesses_are_perhaps(void **state)
{
	struct world world = {0};
	uint32_t acc = device(&world, "acc", KIND_SWITCH), cam = device(&world, "cam", 0);
	uint32_t weak = device(&world, "weak", KIND_SWITCH), below = device(&world, "below", 0);
	uint32_t declared = device(&world, "declared", KIND_DOOR);
	uint32_t somewhere = device(&world, "somewhere", KIND_DOOR);
	char text[512];

	(void)state;
	device(&world, "nowhere", KIND_CAMERA);
	link_to(&world, cam, acc, 1);
	link_to(&world, weak, acc, 2)->confidence = 49;
	link_to(&world, below, weak, 1);
	link_to(&world, declared, acc, 3)->is_contradicted = true;
	link_to(&world, somewhere, acc, 0);
	world.devices[cam - 1].health = HEALTH_DOWN;
	build(&world);
	take_down(&world, acc, NULL);
	assert_string_equal(effects(&world, text, sizeof(text)),
			    "cam=dark somewhere=dark weak=perhaps below=perhaps declared=perhaps");
	assert_int_equal(world.impact.down_already, 1);
	assert_int_equal(world.impact.unplaced, 1);
	assert_int_equal(world.impact.group_count, 1);
	assert_int_equal(world.impact.groups[0].counts[IMPACT_PERHAPS], 3);
	assert_int_equal(world.impact.kinds[KIND_CAMERA], 1);
	/* One port: what hangs on the switch, but nobody knows where, may hang there. */
	port(&world, 1, "gi1");
	take_down(&world, acc, "1");
	assert_string_equal(effects(&world, text, sizeof(text)), "cam=dark somewhere=perhaps");
	assert_int_equal(world.impact.contradicted, 1);
	finish(&world);
}

static void
seen_elsewhere_is_perhaps(void **state)
{
	struct world world = {0};
	uint32_t a = device(&world, "a", KIND_SWITCH), b = device(&world, "b", KIND_SWITCH);
	uint32_t cam = device(&world, "cam", KIND_CAMERA), sw = device(&world, "sw", KIND_SWITCH);
	uint32_t below = device(&world, "below", KIND_CAMERA);
	uint32_t same = device(&world, "same", KIND_CAMERA);
	struct topo_link *link;
	char text[512];

	(void)state;
	link = link_to(&world, cam, a, 1);
	link->is_contradicted = true;
	link->seen_parent = b;
	link->seen_if_index = 7;
	link = link_to(&world, sw, a, 2);
	link->is_contradicted = true;
	link->seen_parent = b;
	snprintf(link->seen_port, sizeof(link->seen_port), "gi8");
	link_to(&world, below, sw, 1);
	link = link_to(&world, same, b, 9);
	link->is_contradicted = true;
	link->seen_parent = b;
	link->seen_if_index = 7;
	port(&world, 7, "gi7");
	port(&world, 8, "gi8");
	build(&world);
	/* It falls with either; what is declared and seen at the same switch falls for certain. */
	take_down(&world, b, NULL);
	assert_string_equal(effects(&world, text, sizeof(text)),
			    "same=dark cam=perhaps sw=perhaps below=perhaps");
	assert_int_equal(world.impact.devices[0].seen, TREE_NONE);
	assert_int_equal(world.impact.devices[1].seen, topo_tree_find(&world.tree, cam));
	assert_int_equal(world.impact.devices[3].seen, topo_tree_find(&world.tree, sw));
	assert_int_equal(world.impact.contradicted, 0);
	take_down(&world, b, "gi7");
	assert_string_equal(effects(&world, text, sizeof(text)), "cam=perhaps same=perhaps");
	take_down(&world, b, "gi8");
	assert_string_equal(effects(&world, text, sizeof(text)), "sw=perhaps below=perhaps");
	take_down(&world, a, NULL);
	assert_string_equal(effects(&world, text, sizeof(text)),
			    "cam=perhaps sw=perhaps below=perhaps");
	assert_int_equal(world.impact.devices[0].seen, TREE_NONE);
	assert_int_equal(world.impact.contradicted, 0);
	/* Seen on what hangs on it. */
	take_down(&world, sw, NULL);
	assert_string_equal(effects(&world, text, sizeof(text)), "below=dark");
	world.links[0].link.seen_parent = sw;
	take_down(&world, b, "gi8");
	assert_string_equal(effects(&world, text, sizeof(text)),
			    "cam=perhaps sw=perhaps below=perhaps");
	finish(&world);
}

static void
members_of_an_aggregation(void **state)
{
	struct world world = {0};
	uint32_t core = device(&world, "core", KIND_SWITCH),
		 acc = device(&world, "acc", KIND_SWITCH);
	uint32_t cam = device(&world, "cam", KIND_CAMERA);
	struct topo_port *po, *first, *second;
	char text[512];

	(void)state;
	link_to(&world, acc, core, 100);
	link_to(&world, cam, acc, 1);
	po = port(&world, 100, "Port-channel1");
	first = port(&world, 1, "GigabitEthernet1/0/1");
	second = port(&world, 2, "GigabitEthernet1/0/2");
	first->lag = second->lag = 100;
	build(&world);
	take_down(&world, core, "gi1/0/1");
	assert_int_equal(world.impact.members_left, 1);
	assert_ptr_equal(world.impact.aggregate, po);
	assert_int_equal(world.impact.device_count, 0);
	take_down(&world, core, "po1");
	assert_string_equal(effects(&world, text, sizeof(text)), "acc=dark cam=dark");
	/* The other member is down: this one carries all. */
	second->oper = 2;
	take_down(&world, core, "gi1/0/1");
	assert_string_equal(effects(&world, text, sizeof(text)), "acc=dark cam=dark");
	finish(&world);
}

static void
ports_as_people_write_them(void **state)
{
	struct world world = {0};
	struct port_choice choice;

	(void)state;
	port(&world, 10113, "Gi1/0/13");
	memcpy(port(&world, 10114, "Gi1/0/14")->alias, "Lobby", 6);
	port(&world, 1, "1/0/13");
	port(&world, 7, "A7");
	port(&world, 8, "B7");
	port_choose(&world.port_list, "GigabitEthernet1/0/13", &choice);
	assert_int_equal(choice.port->if_index, 10113);
	port_choose(&world.port_list, "1/0/13", &choice);
	assert_int_equal(choice.port->if_index, 1);
	port_choose(&world.port_list, "lobby", &choice);
	assert_int_equal(choice.port->if_index, 10114);
	port_choose(&world.port_list, "10114", &choice);
	assert_int_equal(choice.port->if_index, 10114);
	port_choose(&world.port_list, "1/0/14", &choice);
	assert_int_equal(choice.port->if_index, 10114);
	assert_null(choice.other);
	port_choose(&world.port_list, "7", &choice);
	assert_non_null(choice.other);
	port_choose(&world.port_list, "gi1/0/15", &choice);
	assert_null(choice.port);
	assert_non_null(choice.near);
	finish(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_tree_by_port),
		cmocka_unit_test(what_is_hidden_has_a_node),
		cmocka_unit_test(rings_are_cut_where_least_is_known),
		cmocka_unit_test(a_ring_alone_is_not_lost),
		cmocka_unit_test(gone_parents),
		cmocka_unit_test(a_ring_keeps_all_reachable),
		cmocka_unit_test(seen_elsewhere_is_perhaps),
		cmocka_unit_test(guesses_are_perhaps),
		cmocka_unit_test(members_of_an_aggregation),
		cmocka_unit_test(ports_as_people_write_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
