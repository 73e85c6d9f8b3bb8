/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree and what goes dark, on random links, rings and nonsense included: every node is drawn
 * once and below its parent, sums are sums, and what goes dark is what a plain search over the
 * links does not reach.
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

enum { DEVICES = 40, LINKS = 70, ROUNDS = 3000 };

struct world {
	uint64_t seed;
	struct reader_device devices[DEVICES];
	char names[DEVICES][16];
	struct reader_link links[LINKS];
	struct reader_device_list device_list;
	struct reader_link_list link_list;
	struct topo_tree tree;
};

/* xorshift64: repeatable, and enough for this. */
static unsigned
dice(struct world *world, unsigned sides)
{
	world->seed ^= world->seed << 13;
	world->seed ^= world->seed >> 7;
	world->seed ^= world->seed << 17;
	return (unsigned)(world->seed >> 33) % sides;
}

static void
roll_link(struct world *world, struct topo_link *link, uint32_t child, bool is_spare)
{
	static const char *const outside[] = {"", "provider", "desk"};

	*link = (struct topo_link){
		.device = child,
		.parent = dice(world, DEVICES + 4), /* 0 and unknown ones too */
		.if_index = dice(world, 5),
		.source = TOPO_LLDP,
		.via = (uint8_t)(dice(world, 4) == 0 ? dice(world, TOPO_VIA_COUNT) : 0),
		.confidence =
			(uint8_t)(dice(world, 5) == 0 ? dice(world, 50) : 50 + dice(world, 51)),
		.is_spare = is_spare};
	snprintf(link->parent_name, sizeof(link->parent_name), "%s", outside[dice(world, 3)]);
	if (!is_spare && dice(world, 6) == 0) {
		link->is_contradicted = true;
		link->seen_parent = dice(world, DEVICES + 4);
	}
}

static void
roll(struct world *world, uint64_t seed)
{
	size_t count = 0;

	*world = (struct world){.seed = seed * 0x9e3779b97f4a7c15ULL + 1};
	for (uint32_t i = 0; i < DEVICES; i++) {
		snprintf(world->names[i], sizeof(world->names[i]), "dev-%u", i + 1);
		world->devices[i] = (struct reader_device){
			.id = i + 1,
			.kind = dice(world, 3) == 0 ? KIND_SWITCH : KIND_CAMERA,
			.name = world->names[i],
			.address = "",
			.site = "hq",
			.owner = "",
			.removed_ms = dice(world, 15) == 0,
			.health = (enum health)dice(world, HEALTH_COUNT)};
		if (dice(world, 8) != 0)
			roll_link(world, &world->links[count++].link, i + 1, false);
	}
	while (count < LINKS && dice(world, 12) != 0)
		roll_link(world, &world->links[count++].link, 1 + dice(world, DEVICES), true);
	world->device_list = (struct reader_device_list){.items = world->devices, .count = DEVICES};
	world->link_list = (struct reader_link_list){.items = world->links, .count = count};
	assert_int_equal(
		topo_tree_build(&world->tree, &world->device_list, &world->link_list, false), 0);
}

static void
check_tree(const struct world *world)
{
	const struct topo_tree *tree = &world->tree;
	size_t *seen = calloc(tree->count, sizeof(*seen)), out = 0, unplaced = 0;

	assert_non_null(seen);
	for (size_t i = 0; i < tree->order_count; i++) {
		const struct tree_node *node = &tree->nodes[tree->order[i]];

		assert_int_equal(seen[tree->order[i]], 0);
		seen[tree->order[i]] = i + 1;
		if (node->parent == TREE_NONE) {
			assert_int_equal(node->depth, 0);
		} else {
			assert_true(seen[node->parent] > 0);
			assert_int_equal(node->depth, tree->nodes[node->parent].depth + 1);
			assert_non_null(node->link);
		}
		unplaced += node->is_unplaced;
	}
	for (size_t i = 0; i < tree->count; i++) {
		const struct tree_node *node = &tree->nodes[i];
		size_t below = 0;

		out += node->is_left_out;
		assert_int_equal(node->is_left_out, seen[i] == 0);
		for (size_t k = node->child; k != TREE_NONE; k = tree->nodes[k].next) {
			assert_int_equal(tree->nodes[k].parent, i);
			below += tree->nodes[k].devices + (tree->nodes[k].type == TREE_DEVICE);
		}
		assert_int_equal(node->devices, below);
	}
	assert_int_equal(tree->order_count + out, tree->count);
	assert_int_equal(tree->unplaced, unplaced);
	free(seen);
}

static bool
is_below(const struct topo_tree *tree, size_t place, size_t target)
{
	for (place = tree->nodes[place].parent; place != TREE_NONE;
	     place = tree->nodes[place].parent) {
		if (place == target)
			return true;
	}
	return false;
}

/* Lets what is reached at one end of an edge reach the other, if it carries others. */
static bool
pass(const struct topo_tree *tree, bool *reached, size_t a, size_t b)
{
	if (reached[a] == reached[b] || tree->nodes[a].is_left_out || tree->nodes[b].is_left_out)
		return false;
	if (!tree_node_is_switch(&tree->nodes[reached[a] ? a : b]))
		return false;
	reached[a] = reached[b] = true;
	return true;
}

/* What is seen, or hangs on what is seen, at something that is lost. */
static void
mark_seen(const struct topo_tree *tree, size_t target, const bool *reached, bool *is_seen)
{
	bool is_done = false;

	while (!is_done) {
		is_done = true;
		for (size_t i = 0; i < tree->count; i++) {
			const struct tree_node *node = &tree->nodes[i];
			size_t seen = node->type == TREE_DEVICE && node->link != NULL &&
						      node->link->is_contradicted
					      ? topo_tree_find(tree, node->link->seen_parent)
					      : TREE_NONE;

			if (is_seen[i] || i == target || node->is_left_out)
				continue;
			is_seen[i] = (node->parent != TREE_NONE && is_seen[node->parent]) ||
				     (seen != TREE_NONE &&
				      (seen == target || is_seen[seen] ||
				       (is_below(tree, seen, target) && !reached[seen])));
			is_done = is_done && !is_seen[i];
		}
	}
}

static void
check_impact(const struct world *world, size_t target)
{
	const struct topo_tree *tree = &world->tree;
	bool *reached = calloc(tree->count, sizeof(*reached)), is_done = false;
	bool *is_seen = calloc(tree->count, sizeof(*is_seen));
	struct reader_port_list ports = {0};
	struct impact impact;
	size_t hit_count = 0;

	assert_non_null(reached);
	assert_non_null(is_seen);
	for (size_t i = 0; i < tree->count; i++)
		reached[i] =
			i != target && !tree->nodes[i].is_left_out && !is_below(tree, i, target);
	while (!is_done) {
		is_done = true;
		for (size_t i = 0; i < tree->count; i++) {
			size_t parent = tree->nodes[i].parent;

			if (parent != TREE_NONE && i != target && parent != target &&
			    pass(tree, reached, i, parent))
				is_done = false;
		}
		for (size_t i = 0; i < tree->spare_count; i++) {
			size_t child = topo_tree_find(tree, tree->spares[i]->device);
			size_t parent = topo_tree_find(tree, tree->spares[i]->parent);

			if (parent != TREE_NONE && child != target && parent != target &&
			    tree->spares[i]->confidence >= TOPO_CONFIDENCE_LOW &&
			    pass(tree, reached, child, parent))
				is_done = false;
		}
	}
	mark_seen(tree, target, reached, is_seen);
	assert_int_equal(impact_compute(&impact, tree, target, &ports, NULL), 0);
	for (size_t i = 0; i < impact.device_count; i++) {
		const struct impact_device *hit = &impact.devices[i];

		bool is_lost = is_below(tree, hit->place, target) && !reached[hit->place];

		assert_true(is_below(tree, hit->place, target) || is_seen[hit->place]);
		assert_int_equal(hit->effect == IMPACT_SPARED, !is_lost && !is_seen[hit->place]);
		assert_int_equal(hit->seen != TREE_NONE, !is_lost && is_seen[hit->place]);
		if (hit->seen != TREE_NONE)
			assert_int_equal(hit->effect, IMPACT_PERHAPS);
		assert_int_equal(hit->effect == IMPACT_SPARED, hit->spare != NULL);
	}
	for (size_t i = 0; i < tree->device_count; i++)
		hit_count += is_below(tree, i, target) || is_seen[i];
	assert_int_equal(impact.device_count, hit_count);
	assert_int_equal(impact.counts[0] + impact.counts[1] + impact.counts[2], hit_count);
	impact_fini(&impact);
	free(reached);
	free(is_seen);
}

static void
random_links(void **state)
{
	struct world world;

	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		roll(&world, seed);
		check_tree(&world);
		for (size_t i = 0; i < DEVICES; i += 3) {
			if (!world.tree.nodes[i].is_left_out)
				check_impact(&world, i);
		}
		topo_tree_fini(&world.tree);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(random_links)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
