/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fleet: growing, sealing, finding.
 */
#include "keepwatch/err.h"
#include "keepwatch/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { MANY = 20000 };

static void
devices_are_found_by_name(void **state)
{
	struct fleet *fleet = fleet_new();
	char name[32];

	(void)state;
	assert_non_null(fleet);
	for (int i = 0; i < MANY; i++) {
		struct device *device = fleet_add_device(fleet);

		assert_non_null(device);
		snprintf(name, sizeof(name), "cam-%d", i);
		device->name = fleet_strdup(fleet, name);
		assert_int_equal(device->site, SITE_NONE);
		assert_string_equal(device->owner, "");
		assert_null(device_credential(fleet, device, USE_HTTP));
	}
	assert_null(fleet_find(fleet, "cam-1")); /* not before it is sealed */
	assert_int_equal(fleet_seal(fleet), 0);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "cam-%d", i);
		assert_ptr_equal(fleet_find(fleet, name), &fleet->devices[i]);
	}
	assert_null(fleet_find(fleet, "CAM-1"));
	assert_null(fleet_find(fleet, ""));
	assert_null(fleet_find(fleet, "cam-20000"));
	/* What the record, its name and the index cost, and not much more. */
	assert_true(fleet_memory(fleet) / MANY <= sizeof(struct device) + 48);
	fleet_free(fleet);
}

static void
names_are_unique(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_add_device(fleet)->name = "a";
	fleet_add_device(fleet)->name = "b";
	fleet_add_device(fleet)->name = "a";
	assert_int_equal(fleet_seal(fleet), ERR_EXISTS);
	fleet_free(fleet);
}

static void
an_empty_fleet_is_a_fleet(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	assert_int_equal(fleet_seal(fleet), 0);
	assert_null(fleet_find(fleet, "a"));
	fleet_free(fleet);
	fleet_free(NULL);
}

static void
sites_and_credentials_are_looked_up(void **state)
{
	struct fleet *fleet = fleet_new();
	struct device *device;

	(void)state;
	fleet->sites = fleet_alloc(fleet, sizeof(*fleet->sites));
	fleet->site_count = 1;
	fleet->sites[0].name = fleet_strdup(fleet, "hq");
	fleet->credentials = fleet_alloc(fleet, 2 * sizeof(*fleet->credentials));
	fleet->credential_count = 2;
	assert_int_equal(secret_new(&fleet->credentials[1].snmp.community, "public", 6), 0);
	device = fleet_add_device(fleet);
	device->name = "a";
	assert_string_equal(device_site_name(fleet, device), "");
	device->site = 0;
	device->credentials[USE_SNMP] = 1;
	assert_string_equal(device_site_name(fleet, device), "hq");
	assert_ptr_equal(device_credential(fleet, device, USE_SNMP), &fleet->credentials[1]);
	assert_null(device_credential(fleet, device, USE_ONVIF));
	fleet_free(fleet);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_are_found_by_name),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(an_empty_fleet_is_a_fleet),
		cmocka_unit_test(sites_and_credentials_are_looked_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
