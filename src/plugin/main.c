/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_keepwatch: asks the agent and prints its answer. It knows nothing of devices; it is small,
 * static and starts fast, because a monitoring core runs it thousands of times an hour.
 */
#include "keepwatch/control.h"
#include "keepwatch/err.h"
#include "keepwatch/range.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum plugin_exit { EXIT_OK, EXIT_WARNING, EXIT_CRITICAL, EXIT_UNKNOWN };

enum { TIMEOUT_DEFAULT_S = 10, TIMEOUT_MAX_S = 600 };

struct options {
	const char *socket_path;
	const char *mode; /* NULL: follows from site and device */
	const char *site, *device, *owner, *incident;
	const char *warning, *critical;
	const char *max_age, *innocent;
	int timeout_s;
};

static const char usage_text[] =
	"usage: check_keepwatch [--mode fleet|site|device|incident|audit] [--site NAME]\n"
	"                       [--device NAME] [--owner NAME] [--incident ID] [-w RANGE]\n"
	"                       [-c RANGE] [--innocent STATE] [--max-age SECONDS]\n"
	"                       [-t SECONDS] [--socket PATH]\n"
	"\n"
	"Asks the keepwatch agent for the state of the fleet, a site, a device or an incident,\n"
	"and what is to blame.\n"
	"\n"
	"  -m, --mode MODE      fleet (default), site, device, incident (all that are open), or\n"
	"                       audit (of the fleet, --site, --owner or --device); follows from\n"
	"                       --site, --device or --incident\n"
	"  -s, --site NAME      the site, as in the fleet file\n"
	"  -d, --device NAME    the device, as in the fleet file\n"
	"      --owner NAME     with --mode audit: devices of this owner, as in the fleet file\n"
	"  -i, --incident ID    the incident, as in `keepwatch incidents`\n"
	"  -w, --warning RANGE  range of devices that are down, degraded, flapping or to blame\n"
	"                       for an incident; of open incidents with --mode incident "
	"(default 0);\n"
	"                       of warnings and critical findings with --mode audit\n"
	"  -c, --critical RANGE range of devices that are down; of incidents with devices out\n"
	"                       with --mode incident; of critical findings with --mode audit\n"
	"                       (default 0)\n"
	"      --innocent STATE what a single device is at most that something else has taken "
	"out:\n"
	"                       ok, warning or critical (default)\n"
	"      --max-age SECONDS  older results are UNKNOWN (default: three intervals and 30 s)\n"
	"  -t, --timeout SECONDS  for the agent's answer, 1 to 600 (default 10)\n"
	"  -S, --socket PATH    control socket (default " CONTROL_SOCKET_DEFAULT ")\n"
	"  -h, --help           this text\n"
	"  -V, --version        version\n"
	"\n"
	"RANGE is written as in the Monitoring Plugins Development Guidelines: 5 (alert above 5),\n"
	"10: (below 10), ~:3 (above 3), 2:4 (outside), @2:4 (inside).\n"
	"Exit: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; UNKNOWN also when the agent is away, hung "
	"or\n"
	"its results are too old.\n";

__attribute__((format(printf, 1, 2))) static int
unknown(const char *fmt, ...)
{
	va_list ap;

	fputs("KEEPWATCH UNKNOWN - ", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	return EXIT_UNKNOWN;
}

/* Returns -1 to go on, else an exit code. */
static int
parse_options(int argc, char **argv, struct options *options)
{
	enum { OPTION_MAX_AGE = 256, OPTION_INNOCENT, OPTION_OWNER };
	static const struct option longs[] = {
		{"mode", required_argument, NULL, 'm'},
		{"site", required_argument, NULL, 's'},
		{"device", required_argument, NULL, 'd'},
		{"owner", required_argument, NULL, OPTION_OWNER},
		{"incident", required_argument, NULL, 'i'},
		{"innocent", required_argument, NULL, OPTION_INNOCENT},
		{"warning", required_argument, NULL, 'w'},
		{"critical", required_argument, NULL, 'c'},
		{"timeout", required_argument, NULL, 't'},
		{"socket", required_argument, NULL, 'S'},
		{"max-age", required_argument, NULL, OPTION_MAX_AGE},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	char *end;
	long seconds;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":m:s:d:i:w:c:t:S:hV", longs, NULL)) != -1) {
		switch (option) {
		case 'm':
			options->mode = optarg;
			break;
		case 's':
			options->site = optarg;
			break;
		case 'd':
			options->device = optarg;
			break;
		case OPTION_OWNER:
			options->owner = optarg;
			break;
		case 'i':
			options->incident = optarg;
			break;
		case OPTION_INNOCENT:
			options->innocent = optarg;
			break;
		case 'w':
			options->warning = optarg;
			break;
		case 'c':
			options->critical = optarg;
			break;
		case 'S':
			options->socket_path = optarg;
			break;
		case OPTION_MAX_AGE:
			options->max_age = optarg;
			break;
		case 't':
			seconds = strtol(optarg, &end, 10);
			if (end == optarg || *end != '\0' || seconds < 1 || seconds > TIMEOUT_MAX_S)
				return unknown("timeout '%s' is not a number from 1 to %d", optarg,
					       TIMEOUT_MAX_S);
			options->timeout_s = (int)seconds;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return EXIT_OK;
		case 'V':
			puts("check_keepwatch " KEEPWATCH_VERSION);
			return EXIT_OK;
		case ':':
			return unknown("option '%s' needs a value; see check_keepwatch --help",
				       argv[optind - 1]);
		default:
			return unknown("unknown option '%s'; see check_keepwatch --help",
				       argv[optind - 1]);
		}
	}
	if (optind < argc)
		return unknown("unexpected argument '%s'; see check_keepwatch --help",
			       argv[optind]);
	return -1;
}

/* Returns -1 to go on, else an exit code. */
static int
check_options(struct options *options)
{
	struct range range;
	char *end;

	if (options->mode == NULL)
		options->mode = options->incident != NULL ? "incident"
				: options->device != NULL ? "device"
				: options->site != NULL	  ? "site"
							  : "fleet";
	if (strcmp(options->mode, "fleet") != 0 && strcmp(options->mode, "site") != 0 &&
	    strcmp(options->mode, "device") != 0 && strcmp(options->mode, "incident") != 0 &&
	    strcmp(options->mode, "audit") != 0)
		return unknown("mode '%s' is not fleet, site, device, incident or audit",
			       options->mode);
	if (options->incident != NULL) {
		long id = strtol(options->incident, &end, 10);
		if (end == options->incident || *end != '\0' || id < 1 || id > UINT32_MAX)
			return unknown("incident '%s' is not a number", options->incident);
	}
	if (options->innocent != NULL && strcmp(options->innocent, "ok") != 0 &&
	    strcmp(options->innocent, "warning") != 0 && strcmp(options->innocent, "critical") != 0)
		return unknown("innocent '%s' is not ok, warning or critical", options->innocent);
	if (strcmp(options->mode, "site") == 0 && options->site == NULL)
		return unknown("mode site needs --site NAME");
	if (strcmp(options->mode, "device") == 0 && options->device == NULL)
		return unknown("mode device needs --device NAME");
	if (range_parse(options->warning, &range) != 0)
		return unknown("warning range '%s' is not a range such as 5, 10:, ~:3 or @2:4",
			       options->warning);
	if (range_parse(options->critical, &range) != 0)
		return unknown("critical range '%s' is not a range such as 5, 10:, ~:3 or @2:4",
			       options->critical);
	if (options->max_age != NULL) {
		long age = strtol(options->max_age, &end, 10);
		if (end == options->max_age || *end != '\0' || age < 1)
			return unknown("max-age '%s' is not a number of seconds", options->max_age);
	}
	return -1;
}

static int
explain_failure(int rc, const struct options *options)
{
	const char *path = options->socket_path;

	switch (rc) {
	case ERR_NOTFOUND:
		return unknown("agent is away: there is no socket %s (is keepwatchd running?)",
			       path);
	case ERR_REFUSED:
		return unknown("agent is away: nobody listens on %s", path);
	case ERR_PERM:
		return unknown("no permission for %s (must be in group keepwatch)", path);
	case ERR_TIMEOUT:
		return unknown("agent is hung: no answer on %s within %d s", path,
			       options->timeout_s);
	case ERR_TOOBIG:
		return unknown("socket path or answer too long: %s", path);
	default:
		return unknown("agent on %s gave no usable answer: %s", path, err_text(rc));
	}
}

/* Adds "\tNAME=VALUE" to the request, if there is a value. False if it cannot be. */
static bool
add_field(struct buf *request, const char *name, const char *value)
{
	if (value == NULL)
		return true;
	buf_printf(request, "\t%s=%s", name, value);
	return strpbrk(value, "\t\n\r") == NULL;
}

static bool
put_request(const struct options *options, struct buf *request)
{
	bool is_audit = strcmp(options->mode, "audit") == 0;
	const char *name = strcmp(options->mode, "device") == 0 ? options->device
			   : strcmp(options->mode, "site") == 0 ? options->site
			   : strcmp(options->mode, "incident") == 0 && options->incident != NULL
				   ? options->incident
				   : "";

	buf_printf(request, "check\tmode=%s", options->mode);
	return add_field(request, "name", name) &&
	       add_field(request, "warning", options->warning) &&
	       add_field(request, "critical", options->critical) &&
	       add_field(request, "innocent", options->innocent) &&
	       add_field(request, "max_age", options->max_age) &&
	       (!is_audit || (add_field(request, "site", options->site) &&
			      add_field(request, "owner", options->owner) &&
			      add_field(request, "device", options->device)));
}

static int
ask(const struct options *options)
{
	struct buf request, answer;
	int code = EXIT_UNKNOWN, rc;

	buf_init(&request, CONTROL_REQUEST_MAX);
	buf_init(&answer, CONTROL_ANSWER_MAX);
	if (!put_request(options, &request)) {
		code = unknown("a name cannot hold tabs or line feeds");
	} else if (request.error != 0) {
		code = unknown("name is too long");
	} else {
		rc = control_call(options->socket_path, request.data, options->timeout_s * 1000,
				  &code, &answer);
		if (rc != 0)
			code = explain_failure(rc, options);
		else
			fputs(answer.data, stdout);
		if (code < EXIT_OK || code > EXIT_UNKNOWN)
			code = EXIT_UNKNOWN;
	}
	buf_fini(&request);
	buf_fini(&answer);
	return code;
}

int
main(int argc, char **argv)
{
	struct options options = {
		.socket_path = CONTROL_SOCKET_DEFAULT,
		.warning = "0",
		.critical = "0",
		.timeout_s = TIMEOUT_DEFAULT_S,
	};
	int code = parse_options(argc, argv, &options);

	if (code < 0)
		code = check_options(&options);
	if (code < 0)
		code = ask(&options);
	if (fflush(stdout) != 0)
		return EXIT_UNKNOWN;
	return code;
}
