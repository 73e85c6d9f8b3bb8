/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatchd: the command line. The agent stays in the foreground; a service manager runs it.
 */
#include "agent.h"

#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/secret.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

#define CONF_DEFAULT "/etc/keepwatch/keepwatch.yaml"

static const char usage_text[] =
	"usage: keepwatchd [-n] [-c FILE] [--log-level LEVEL] [--log-format text|json]\n"
	"\n"
	"Watches the fleet that FILE describes, in the foreground, until SIGTERM or SIGINT.\n"
	"SIGHUP reads the configuration anew; with a mistake in it the running one stays.\n"
	"\n"
	"  -c, --config FILE        configuration (default " CONF_DEFAULT ")\n"
	"  -n, --check              check the configuration and the fleet file, and exit:\n"
	"                           0 they are right, 1 they are not (all mistakes are listed)\n"
	"      --log-level LEVEL    error, warning, notice, info (default) or debug\n"
	"      --log-format FORMAT  text (default) or json, to standard error\n"
	"  -h, --help               this text\n"
	"  -V, --version            version\n"
	"\n"
	"See keepwatchd(8) and keepwatch.yaml(5).\n";

static int
usage_error(const char *what, const char *value)
{
	fprintf(stderr, "keepwatchd: %s '%s'; see keepwatchd --help\n", what, value);
	return EXIT_USAGE;
}

static int
check_only(const char *path)
{
	struct conf_problems problems = {0};
	struct conf *conf = NULL;
	size_t probes = 0;
	int rc = conf_load(&conf, path, NULL, &problems);

	for (size_t i = 0; i < problems.count; i++)
		fprintf(stderr, "%s:%u:%u: %s\n", problems.items[i].file, problems.items[i].line,
			problems.items[i].column, problems.items[i].message);
	if (rc != 0 && problems.count == 0)
		fprintf(stderr, "keepwatchd: %s: %s\n", path, err_text(rc));
	if (rc == 0) {
		for (size_t i = 0; i < conf->fleet->device_count; i++)
			probes += conf->fleet->devices[i].probe_count;
		printf("%s: %zu device%s at %zu site%s, %zu probes: no mistakes found\n", path,
		       conf->fleet->device_count, conf->fleet->device_count == 1 ? "" : "s",
		       conf->fleet->site_count, conf->fleet->site_count == 1 ? "" : "s", probes);
	}
	conf_free(conf);
	conf_problems_fini(&problems);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	enum { OPTION_LEVEL = 256, OPTION_FORMAT };
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'n'},
		{"log-level", required_argument, NULL, OPTION_LEVEL},
		{"log-format", required_argument, NULL, OPTION_FORMAT},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	const char *path = CONF_DEFAULT;
	enum log_level level = LOG_LEVEL_INFO;
	enum log_format format = LOG_FORMAT_TEXT;
	bool is_check = false;
	int option;

	while ((option = getopt_long(argc, argv, "c:nhV", longs, NULL)) != -1) {
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 'n':
			is_check = true;
			break;
		case OPTION_LEVEL:
			if (log_level_parse(optarg, &level) != 0)
				return usage_error("unknown log level", optarg);
			break;
		case OPTION_FORMAT:
			if (strcmp(optarg, "json") == 0)
				format = LOG_FORMAT_JSON;
			else if (strcmp(optarg, "text") != 0)
				return usage_error("unknown log format", optarg);
			break;
		case 'h':
			fputs(usage_text, stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("keepwatchd " KEEPWATCH_VERSION);
			return EXIT_SUCCESS;
		default:
			fputs("see keepwatchd --help\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc)
		return usage_error("unexpected argument", argv[optind]);
	secret_harden_process();
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN); /* until there is something to reload */
	log_setup(level, format);
	return is_check ? check_only(path) : agent_run(path);
}
