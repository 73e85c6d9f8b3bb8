/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as keepwatch.yaml, beside a fleet file that is right. Files that it names are not
 * opened.
 */
#include "keepwatch/conf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char fleet[] = "name,address,kind,site,credential,upstream,rack\n"
				    "core,10.77.1.1,switch,hq,switches,,r1\n"
				    "cam,cam.example.org,camera,hq,cams,core:p1,\n";
	const struct conf_text yaml = {"keepwatch.yaml", data, size};
	const struct conf_text csv = {"fleet.csv", fleet, sizeof(fleet) - 1};
	struct conf_problems problems = {0};
	struct conf *conf = NULL;
	int rc = conf_parse(&conf, &yaml, &csv, NULL, CONF_NO_SECRETS | CONF_NO_INCLUDE, &problems);

	if ((rc == 0) != (conf != NULL) || (rc == 0) != (problems.count == 0) ||
	    problems.count > CONF_PROBLEMS_MAX + 1)
		abort();
	if (rc == 0) {
		FILE *out = fopen("/dev/null", "we");

		if (out != NULL) {
			conf_describe(conf, out);
			fclose(out);
		}
	}
	conf_free(conf);
	conf_problems_fini(&problems);
	return 0;
}
