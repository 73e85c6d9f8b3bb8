/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `policy:` as the audit gets it: defaults, values per kind, rules, and what included files add.
 * The complaints about it are in tests/golden/conf.
 */
#include "temp_dir.h"

#include "keepwatch/conf.h"
#include "keepwatch/err.h"

#define DAY_MS (INT64_C(86400000))

struct world {
	char dir[TEMP_DIR_SIZE], path[128];
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char path[128];

	if (w == NULL)
		return -1;
	*state = w;
	if (temp_dir_make(w->dir, "policy") != 0)
		return -1;
	snprintf(w->path, sizeof(w->path), "%s/keepwatch.yaml", w->dir);
	snprintf(path, sizeof(path), "%s/policy.d", w->dir);
	return mkdir(path, 0700);
}

static int
teardown(void **state)
{
	struct world *w = *state;

	temp_dir_remove(w->dir);
	free(w);
	return 0;
}

static void
put(const struct world *w, const char *name, const char *text)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	temp_file_put(path, text, strlen(text), 0600);
}

/* Loads settings that are right. */
static struct conf *
load(const struct world *w, const char *yaml, unsigned flags)
{
	struct conf_problems problems = {0};
	struct conf *conf = NULL;

	put(w, "keepwatch.yaml", yaml);
	(void)conf_load_with(&conf, w->path, NULL, flags | CONF_NO_FLEET, &problems);
	conf_problems_print(&problems, stderr);
	conf_problems_fini(&problems);
	assert_non_null(conf);
	return conf;
}

static char *
described(const struct conf *conf)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	conf_describe_policy(conf, out);
	fclose(out);
	return text;
}

static void
without_a_policy_there_are_defaults(void **state)
{
	const struct world *w = *state;
	struct conf *conf = load(w, "fleet: fleet.csv\ndatabase: db/kw.db\n", 0);
	struct audit_policy defaults;
	char path[200];

	audit_policy_init(&defaults);
	assert_true(conf->audit->is_enabled);
	assert_int_equal(conf->audit->firmware_count, 0);
	assert_int_equal(conf->audit->refused_after_ms, defaults.refused_after_ms);
	assert_int_equal(conf->audit->tls_min_rsa_bits, defaults.tls_min_rsa_bits);
	assert_string_equal(conf->audit->tls_min_version, defaults.tls_min_version);
	assert_int_equal(conf->audit->clock_critical_ms, defaults.clock_critical_ms);
	assert_int_equal(conf->audit->rules_off, 0);
	assert_int_equal(audit_policy_severity(conf->audit, RULE_HTTP_PLAIN), FINDING_WARNING);
	assert_false(conf->audit->kinds[KIND_CAMERA].has_ports);
	assert_false(conf->audit->kinds[KIND_CAMERA].has_accounts);
	snprintf(path, sizeof(path), "%s/db/advisories", w->dir);
	assert_string_equal(conf->advisories_dir, path);
	snprintf(path, sizeof(path), "%s/db/kw.db.key", w->dir);
	assert_string_equal(conf->ledger_key_path, path);
	conf_free(conf);
	conf = load(w,
		    "fleet: fleet.csv\ndatabase: kw.db\nadvisories: /srv/adv\n"
		    "passwords: { ledger_key: keys/k }\npolicy: { enabled: no }\n"
		    "sites: [ { name: a, audit: [ ports ] }, { name: b, audit: communities }, "
		    "{ name: c } ]\n",
		    0);
	assert_string_equal(conf->advisories_dir, "/srv/adv");
	snprintf(path, sizeof(path), "%s/keys/k", w->dir);
	assert_string_equal(conf->ledger_key_path, path);
	assert_false(conf->audit->is_enabled);
	assert_false(audit_policy_has_rule(conf->audit, RULE_VLAN));
	assert_true(conf->fleet->sites[0].audit_ports);
	assert_false(conf->fleet->sites[0].audit_communities);
	assert_true(conf->fleet->sites[1].audit_communities);
	assert_false(conf->fleet->sites[2].audit_ports || conf->fleet->sites[2].audit_communities);
	conf_free(conf);
}

static void
values_hold_for_kinds(void **state)
{
	struct conf *conf =
		load(*state,
		     "fleet: fleet.csv\n"
		     "policy:\n"
		     "  vlans: { camera: '10,20-29' }\n"
		     "  passwords: { max_age: { camera: 180d, default: 1y }, shared_max: "
		     "5, refused_after: 2h }\n"
		     "  accounts: { camera: [ admin, 'monitor*' ], door: [], default: root }\n"
		     "  ports: { camera: '554, 80,443,8000-8002', switch: none }\n"
		     "  tls: { min_version: TLSv1.3, min_rsa: 3072, min_ec: 256, "
		     "expiry_warning: 60d }\n"
		     "  clock: { warning: 500ms, critical: 10s }\n"
		     "  rules: { tls-self-signed: off, http-plain: notice, vlan: critical }\n",
		     0);
	const struct audit_policy *audit = conf->audit;
	const struct audit_kind_policy *camera = &audit->kinds[KIND_CAMERA];
	static const uint16_t ports[] = {80, 443, 554, 8000, 8001, 8002};

	assert_int_equal(camera->password_max_age_ms, 180 * DAY_MS);
	assert_int_equal(audit->kinds[KIND_UPS].password_max_age_ms, 365 * DAY_MS);
	assert_int_equal(audit->password_shared_max, 5);
	assert_int_equal(audit->refused_after_ms, 7200000);
	assert_int_equal(camera->account_count, 2);
	assert_string_equal(camera->accounts[0], "admin");
	assert_string_equal(camera->accounts[1], "monitor*");
	assert_true(audit->kinds[KIND_DOOR].has_accounts);
	assert_int_equal(audit->kinds[KIND_DOOR].account_count, 0);
	assert_string_equal(audit->kinds[KIND_NVR].accounts[0], "root");
	assert_int_equal(camera->port_count, 6);
	assert_memory_equal(camera->ports, ports, sizeof(ports));
	assert_true(audit->kinds[KIND_SWITCH].has_ports);
	assert_int_equal(audit->kinds[KIND_SWITCH].port_count, 0);
	assert_false(audit->kinds[KIND_DOOR].has_ports);
	assert_string_equal(audit->tls_min_version, "TLSv1.3");
	assert_int_equal(audit->tls_min_rsa_bits, 3072);
	assert_int_equal(audit->tls_min_ec_bits, 256);
	assert_int_equal(audit->tls_expiry_warning_ms, 60 * DAY_MS);
	assert_int_equal(audit->clock_warning_ms, 500);
	assert_int_equal(audit->clock_critical_ms, 10000);
	assert_false(audit_policy_has_rule(audit, RULE_TLS_SELF_SIGNED));
	assert_true(audit_policy_has_rule(audit, RULE_TLS_NAME));
	assert_int_equal(audit_policy_severity(audit, RULE_HTTP_PLAIN), FINDING_NOTICE);
	assert_int_equal(audit_policy_severity(audit, RULE_VLAN), FINDING_CRITICAL);
	assert_int_equal(audit_policy_severity(audit, RULE_TLS_EXPIRY), FINDING_WARNING);
	assert_true(conf->vlans[KIND_CAMERA][0] >> 29 & 1);
	assert_ptr_equal(audit->vlans[KIND_CAMERA], conf->vlans[KIND_CAMERA]);
	assert_null(audit->vlans[KIND_DOOR]);
	conf_free(conf);
}

static const char including[] =
	"fleet: fleet.csv\n"
	"policy:\n"
	"  firmware:\n"
	"    - { vendor: Axis, model: 'M30*', kinds: [ camera, 'nvr,encoder' ], minimum: 11.9.60,\n"
	"        approved: [ '11.*', 12.0 ], forbidden: '<11.1', note: LTS only }\n"
	"  accounts: { camera: [ admin ] }\n"
	"  ports: { camera: 80 }\n"
	"  include: [ last.yaml, 'policy.d/*.yaml', policy.d/a.yaml, 'none.d/*' ]\n";

static void
included_files_add_to_it(void **state)
{
	const struct world *w = *state;
	const struct audit_firmware_rule *rule;
	struct conf *conf;
	char *first, *again;

	put(w, "last.yaml", "firmware: [ { model: X, end_of_support: 2026-06-30 } ]\n");
	put(w, "policy.d/b.yaml",
	    "accounts: { camera: [ ops ] }\nports: { camera: '443' }\nclock: { critical: 1m }\n");
	put(w, "policy.d/a.yaml",
	    "\nfirmware:\n  - vendor: Hikvision\n    end_of_sale: 2024-02-29\n");
	put(w, "policy.d/empty.yaml", "# nothing yet\n");
	conf = load(w, including, 0);
	assert_int_equal(conf->audit->firmware_count, 3);
	rule = &conf->audit->firmware[0];
	assert_string_equal(rule->vendor, "Axis");
	assert_string_equal(rule->model, "M30*");
	assert_int_equal(rule->kinds, 1u << KIND_CAMERA | 1u << KIND_NVR | 1u << KIND_ENCODER);
	assert_string_equal(rule->minimum, "11.9.60");
	assert_int_equal(rule->approved_count, 2);
	assert_string_equal(rule->approved[1], "12.0");
	assert_int_equal(rule->forbidden_count, 1);
	assert_string_equal(rule->forbidden[0], "<11.1");
	assert_string_equal(rule->note, "LTS only");
	assert_string_equal(rule->where, "keepwatch.yaml:4");
	assert_string_equal(conf->audit->firmware[1].where, "last.yaml:1");
	assert_true(conf->audit->firmware[1].end_of_support_ms == INT64_C(1782777600000));
	rule = &conf->audit->firmware[2];
	assert_string_equal(rule->where, "policy.d/a.yaml:3");
	assert_null(rule->model);
	assert_null(rule->minimum);
	assert_true(rule->end_of_sale_ms == INT64_C(1709164800000));
	assert_int_equal(conf->audit->kinds[KIND_CAMERA].account_count, 2);
	assert_string_equal(conf->audit->kinds[KIND_CAMERA].accounts[1], "ops");
	assert_int_equal(conf->audit->kinds[KIND_CAMERA].port_count, 2);
	assert_int_equal(conf->audit->clock_critical_ms, 60000);
	first = described(conf);
	conf_free(conf);
	conf = load(w, including, 0);
	again = described(conf);
	assert_string_equal(first, again);
	conf_free(conf);
	free(first);
	free(again);
	conf = load(w, including, CONF_NO_INCLUDE);
	assert_int_equal(conf->audit->firmware_count, 1);
	conf_free(conf);
}

static void
it_is_described(void **state)
{
	const struct world *w = *state;
	struct conf *conf;
	char *text;

	put(w, "last.yaml", "rules: { vlan: off, http-plain: notice }\n");
	put(w, "policy.d/a.yaml", "passwords: { max_age: 90d, shared_max: 3 }\n");
	conf = load(w, including, 0);
	text = described(conf);
	assert_non_null(strstr(text,
			       "policy: enabled\n"
			       "policy: one password on at most 3 devices\n"
			       "policy: a good password is told when refused for 1d\n"
			       "policy: TLS at least TLSv1.2, RSA 2048, EC 224 bits, warning 30d "
			       "before expiry\n"
			       "policy: clock off by 2s is a warning, by 30s critical\n"
			       "policy: passwords of camera at most 90d old\n"
			       "policy: accounts of camera 'admin'\n"
			       "policy: TCP ports of camera 80\n"));
	assert_non_null(strstr(text, "policy: rule http-plain notice\npolicy: rule vlan off\n"));
	assert_non_null(strstr(
		text, "policy: firmware of vendor 'Axis' model 'M30*' kinds camera,nvr,encoder; "
		      "minimum '11.9.60'; approved '11.*', '12.0'; forbidden '<11.1'; note: LTS "
		      "only (keepwatch.yaml:4)\n"));
	free(text);
	conf_free(conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_a_policy_there_are_defaults, setup,
						teardown),
		cmocka_unit_test_setup_teardown(values_hold_for_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(included_files_add_to_it, setup, teardown),
		cmocka_unit_test_setup_teardown(it_is_described, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
