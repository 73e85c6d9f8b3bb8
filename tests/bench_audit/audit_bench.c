/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The audit of 20,000 devices: the first evaluation of all, one after nothing has changed, one
 * after each kind of change, and the memory that it takes. Devices are of 40 models in several
 * versions; each has 30 facts, two accounts and a place.
 */
#include "keepwatch/audit.h"
#include "keepwatch/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEVICES = 20000, MODELS = 40, ADVISORIES = 30000, CHANGES = 2000 };

#define DAY INT64_C(86400000)
#define T0  INT64_C(1790000000000)

struct bench {
	struct audit *audit;
	struct audit_policy policy;
	struct advisory_set *advisories;
	size_t steps[4];
};

static double
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void
must(int rc, const char *what)
{
	if (rc == 0)
		return;
	fprintf(stderr, "audit_bench: %s: %d\n", what, rc);
	exit(1);
}

static void
count_step(void *arg, enum audit_step step, const struct finding *finding)
{
	(void)finding;
	((struct bench *)arg)->steps[step]++;
}

static void
put(struct fact_list *facts, enum fact_key key, const char *instance, const char *value)
{
	must(fact_add(facts, key, instance, value), "fact");
}

static void
put_facts(struct bench *bench, uint32_t id, int version, int64_t at_ms)
{
	static const char *const users[] = {"admin", "monitor", "operator", "service"};
	static const char *const open[] = {"23", "80", "443", "554", "8000", "8443"};
	struct fact_list facts = {0};
	char text[64];

	put(&facts, FACT_VENDOR, "", id % 3 == 0 ? "AXIS" : "HIKVISION");
	snprintf(text, sizeof(text), "DS-2CD%04uG0-I", id % MODELS);
	put(&facts, FACT_MODEL, "", text);
	snprintf(text, sizeof(text), "V5.%u.%d build 180418", id % 8, version);
	put(&facts, FACT_FIRMWARE, "", text);
	snprintf(text, sizeof(text), "SN%08u", id);
	put(&facts, FACT_SERIAL, "", text);
	put(&facts, FACT_CLOCK_OFFSET_MS, "", id % 50 == 0 ? "45000" : "120");
	put(&facts, FACT_CLOCK_SOURCE, "", "ntp");
	put(&facts, FACT_NTP_SERVER, "", id % 9 == 0 ? "none" : "10.0.0.9");
	put(&facts, FACT_DISCOVERY_MODE, "", id % 2 == 0 ? "Discoverable" : "NonDiscoverable");
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		put(&facts, FACT_USER, users[i], "Administrator");
	for (size_t i = id % 2; i < sizeof(open) / sizeof(open[0]); i++)
		put(&facts, FACT_OPEN_PORT, open[i], "open");
	put(&facts, FACT_TLS_VERSIONS, "443", id % 4 == 0 ? "TLSv1.0 TLSv1.2" : "TLSv1.2 TLSv1.3");
	put(&facts, FACT_TLS_KEY_TYPE, "443", id % 5 == 0 ? "RSA 1024" : "RSA 2048");
	put(&facts, FACT_TLS_SIGNATURE, "443", "sha256WithRSAEncryption");
	put(&facts, FACT_TLS_NAMES, "443", "10.0.0.1, camera.example");
	put(&facts, FACT_TLS_ISSUER, "443", "CN=example CA");
	put(&facts, FACT_TLS_NOT_AFTER, "443", "2027-09-01T00:00:00Z");
	put(&facts, FACT_TLS_KEY, "443", "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
	put(&facts, FACT_HTTP_AUTH, "http:80", "digest");
	put(&facts, FACT_SNMP_ACCESS, "v2c configured", "read");
	must(audit_take_facts(bench->audit, id, PROBE_ONVIF, &facts,
			      UINT64_C(1) << FACT_USER | UINT64_C(1) << FACT_OPEN_PORT, at_ms,
			      false),
	     "facts");
	fact_list_fini(&facts);
}

static void
put_device(struct bench *bench, uint32_t id)
{
	char name[32];
	struct audit_device device = {
		.id = id,
		.kind = KIND_CAMERA,
		.name = name,
		.address = "10.0.0.1",
		.site = "site",
		.owner = "security",
	};
	struct audit_place place = {.parent = "sw1", .port = "7", .vlan = 20};
	struct ledger_entry entry = {.device = id, .use = USE_ONVIF, .account = "monitor"};

	snprintf(name, sizeof(name), "cam%u", id);
	must(audit_device_put(bench->audit, &device), "device");
	put_facts(bench, id, 61, T0);
	must(audit_take_place(bench->audit, id, &place), "place");
	snprintf(entry.proof, sizeof(entry.proof), "%032u", id / 30);
	entry.first_proven_ms = T0 - 200 * DAY;
	entry.last_proven_ms = T0;
	must(audit_take_ledger(bench->audit, &entry), "ledger");
	entry.use = USE_HTTP;
	must(audit_take_ledger(bench->audit, &entry), "ledger");
}

static void
put_policy(struct bench *bench)
{
	static struct audit_firmware_rule rules[MODELS];
	static char models[MODELS][16];
	static const char *forbidden[] = {"5.1.*", "<5.0.9", "5.2.0..5.2.50"};
	static const char *approved[] = {"5.5.61", "5.6.61", "5.7.61"};
	static const char *accounts[] = {"admin", "monitor*", "operator"};
	static uint16_t ports[] = {80, 443, 554};
	struct audit_kind_policy *camera = &bench->policy.kinds[KIND_CAMERA];

	audit_policy_init(&bench->policy);
	for (int i = 0; i < MODELS; i++) {
		snprintf(models[i], sizeof(models[i]), "DS-2CD%04d*", i);
		rules[i] = (struct audit_firmware_rule){
			.vendor = "hikvision",
			.model = models[i],
			.minimum = "5.4.0",
			.forbidden = forbidden,
			.forbidden_count = 3,
			.approved = approved,
			.approved_count = 3,
			.end_of_sale_ms = T0 - DAY,
		};
	}
	bench->policy.firmware = rules;
	bench->policy.firmware_count = MODELS;
	bench->policy.password_shared_max = 20;
	camera->password_max_age_ms = 180 * DAY;
	camera->accounts = accounts;
	camera->account_count = 3;
	camera->has_accounts = true;
	camera->ports = ports;
	camera->port_count = 3;
	camera->has_ports = true;
	audit_set_policy(bench->audit, &bench->policy);
}

static void
put_advisories(struct bench *bench)
{
	char id[32], product[64];
	struct advisory_range range = {
		.product = product,
		.exact = "",
		.from = "",
		.until = "5.5.800",
		.is_until_excluded = true,
	};
	struct advisory advisory = {
		.source = ADVISORY_NVD,
		.id = id,
		.title = "a vulnerability",
		.remedy = "",
		.cvss = 9.8F,
		.ranges = &range,
		.range_count = 1,
		.vendor = "",
		.product = "",
	};
	static const char *const vendors[] = {"hikvision", "axis",   "dahuasecurity",
					      "cisco",	   "huawei", "juniper"};

	must(advisory_set_new(&bench->advisories), "advisories");
	for (int i = 0; i < ADVISORIES; i++) {
		snprintf(id, sizeof(id), "CVE-20%02d-%05d", 10 + i % 15, i);
		snprintf(product, sizeof(product), "ds-2cd%04dg0-i_firmware", i / 6);
		range.vendor = (char *)vendors[i % 6];
		must(advisory_set_add(bench->advisories, &advisory), "advisory");
	}
	audit_set_advisories(bench->audit, bench->advisories);
}

static double
run_all(struct bench *bench, int64_t at_ms)
{
	double start = now_ms();

	memset(bench->steps, 0, sizeof(bench->steps));
	while (audit_run(bench->audit, at_ms, 0, count_step, bench))
		continue;
	return now_ms() - start;
}

/* One change at a time; the worst and the mean, in ms. */
static void
run_changes(struct bench *bench)
{
	double worst = 0, sum = 0;

	for (uint32_t i = 0; i < CHANGES; i++) {
		double start = now_ms(), took;

		put_facts(bench, 1 + i * 7 % DEVICES, 62, T0 + 1000 + i);
		(void)audit_run(bench->audit, T0 + 1000 + i, 1, count_step, bench);
		took = now_ms() - start;
		sum += took;
		if (took > worst)
			worst = took;
	}
	printf("FIGURE audit-change-ms %.4f mean, %.3f worst (limit 1)\n", sum / CHANGES, worst);
}

int
main(void)
{
	struct bench bench = {0};
	double took;

	must(audit_new(&bench.audit), "audit");
	put_policy(&bench);
	put_advisories(&bench);
	took = now_ms();
	for (uint32_t id = 1; id <= DEVICES; id++)
		put_device(&bench, id);
	printf("FIGURE audit-take-us %.2f a device, its 30 facts\n",
	       (now_ms() - took) * 1e3 / DEVICES);
	took = run_all(&bench, T0);
	printf("FIGURE audit-first-ms %.0f for %d devices, %zu findings (limit 500)\n", took,
	       DEVICES, bench.steps[AUDIT_OPENED]);
	took = run_all(&bench, T0 + 2 * 3600000);
	printf("FIGURE audit-again-ms %.0f, %zu steps (limit 500)\n", took,
	       bench.steps[AUDIT_OPENED] + bench.steps[AUDIT_CHANGED] +
		       bench.steps[AUDIT_RESOLVED]);
	audit_set_policy(bench.audit, &bench.policy);
	took = run_all(&bench, T0 + 2 * 3600000 + 1);
	printf("FIGURE audit-policy-ms %.0f after a new policy (limit 500)\n", took);
	run_changes(&bench);
	printf("FIGURE audit-bytes %.0f a device\n", (double)audit_memory(bench.audit) / DEVICES);
	audit_free(bench.audit);
	advisory_set_free(bench.advisories);
	return 0;
}
