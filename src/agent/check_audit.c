/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The mode `audit` of the verb `check`: how many findings are open, the worst of them, and the
 * score; over the fleet, a site or a device.
 */
#include "audit.h"
#include "check.h"

#include "keepwatch/clock.h"

static void
put_headline(struct buf *out, const struct audit_count *count)
{
	buf_printf(out, "audit score %d of 100", count->score);
	if (count->breaking == 0) {
		buf_printf(out, ", nothing open on %zu devices", count->devices);
		return;
	}
	buf_printf(out, ": %zu critical, %zu warning, %zu notice on %zu of %zu devices",
		   count->open[FINDING_CRITICAL], count->open[FINDING_WARNING],
		   count->open[FINDING_NOTICE], count->breaking, count->devices);
	buf_printf(out, "; worst: %s, ", finding_rule_words(count->worst_rule));
	check_put_text(out, count->worst_device);
	if (count->worst_instance[0] != '\0') {
		buf_puts(out, " (");
		check_put_text(out, count->worst_instance);
		buf_puts(out, ")");
	}
	if (count->worst_count > 1)
		buf_printf(out, " and %zu more", count->worst_count - 1);
}

/* Thresholds: critical findings; and warnings and critical ones together. Notices alarm nobody. */
static enum check_code
judge(const struct check *check, const struct audit_count *count)
{
	size_t critical = count->open[FINDING_CRITICAL];

	if (range_alerts(&check->critical, (double)critical))
		return CHECK_CRITICAL;
	return range_alerts(&check->warning, (double)(critical + count->open[FINDING_WARNING]))
		       ? CHECK_WARNING
		       : CHECK_OK;
}

int
check_audit(const struct check *check, const struct control_request *request, struct buf *out)
{
	static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
	struct audit_filter filter = {
		.site = control_field(request, "site"),
		.owner = control_field(request, "owner"),
		.device = control_field(request, "device"),
	};
	const struct agent_device *device =
		filter.device != NULL ? agent_find(check->agent->table, filter.device) : NULL;
	struct audit_count count;
	enum check_code code;

	/* One of tens of thousands is asked for thousands of times an hour. */
	filter.id = device != NULL ? device->id : 0;
	audit_count(check->agent->audit->audit, &filter, check->now_ms, &count);
	if (count.devices == 0)
		return check_refuse(out, "no such device, site or owner, or nothing is in it", "");
	code = judge(check, &count);
	buf_printf(out, "KEEPWATCH %s - ", words[code]);
	put_headline(out, &count);
	buf_printf(out,
		   " | score=%d;;;0;100 findings=%zu;%s;;0 critical=%zu;;%s;0 warning=%zu;;;0 "
		   "notice=%zu;;;0 accepted=%zu;;;0 devices=%zu;;;0 breaking=%zu;;;0\n",
		   count.score, count.open[FINDING_CRITICAL] + count.open[FINDING_WARNING],
		   check->warning_text, count.open[FINDING_CRITICAL], check->critical_text,
		   count.open[FINDING_WARNING], count.open[FINDING_NOTICE], count.accepted,
		   count.devices, count.breaking);
	return (int)code;
}
