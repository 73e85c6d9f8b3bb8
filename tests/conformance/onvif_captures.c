/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The captured replies. An operation that keepwatch decodes must be decoded, a fault, or refused
 * for a reason listed below; its values must agree with INDEX.tsv and with what a plain text search
 * of the capture finds, which knows nothing of the decoder. Of other operations the envelope must
 * be well-formed and hold <Operation>Response or a fault.
 */
#include "onvif_check.h"

#include "../../src/codec/soap_read.h"
#include "keepwatch/onvif_reply.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PATH_SIZE = 4096, NAME_SIZE = 128, ID_SIZE = 512, INDEX_MAX = 2048 };

/* Captures that are not what their name says, looked at one by one. */
static const struct known {
	const char *file;
	enum onvif_refusal refusal; /* NONE: another element than <Operation>Response */
	const char *why;
} known[] = {
	{"mixed-agsh-serverMockup/PullMessages", ONVIF_REFUSED_MALFORMED,
	 "source of a template, with a bare '<' in it"},
	{"mixed-hammeraj-onvif/invalid_get_video_source_configurations", ONVIF_REFUSED_NOT_XML,
	 "a JSON string that quotes XML"},
	{"unknown-easyonvif/GetCapabilities", ONVIF_REFUSED_MALFORMED,
	 "copied with line breaks within attribute names"},
	{"xm-XM530_50X50-WG_8M/ptz.GetPresets", ONVIF_REFUSED_MALFORMED,
	 "the device leaves wsse:Security open"},
	{"xm-XM530_50X50-WG_8M/GetProfiles", ONVIF_REFUSED_WRONG_OPERATION,
	 "the device answers with GetServicesResponse"},
	{"xm-XM530_50X50-WG_8M/media2.GetProfiles", ONVIF_REFUSED_NONE,
	 "the device answers with GetServicesResponse"},
	{"xm-XM530_50X50-WG_8M/GetStreamUri", ONVIF_REFUSED_NONE,
	 "the device leaves out \"Response\""},
	{"oem-IPD-H4K8M05-BS/DeleteUsers", ONVIF_REFUSED_NONE,
	 "the device leaves out \"Response\""},
	{"mixed-agsh-serverMockup/GetCapabilitiesEncoder", ONVIF_REFUSED_NONE,
	 "file name is a variant of GetCapabilities"},
	{"mixed-agsh-serverMockup/GetVideoSourcesEncoder", ONVIF_REFUSED_NONE,
	 "file name is a variant of GetVideoSources"},
	{"mixed-agsh-serverMockup/Probe", ONVIF_REFUSED_NONE, "WS-Discovery answers ProbeMatches"},
	{"mixed-agsh-serverMockup/device.SendAuxiliaryCommand", ONVIF_REFUSED_NONE,
	 "the mock leaves out \"Send\""},
};

struct row {
	char device[NAME_SIZE], file[NAME_SIZE], vendor[NAME_SIZE], model[NAME_SIZE];
	char firmware[NAME_SIZE];
	int http_status; /* 0 if not known */
};

struct counts {
	int files, decoded, faults, refused, envelopes, known, disagreements;
	int inventories, right; /* compared with the index */
};

struct capture {
	char id[ID_SIZE]; /* device/file without .xml */
	char operation[NAME_SIZE];
	bool is_named; /* operation is the ONVIF name, not a name of the capturer's own */
	int op;	       /* enum onvif_op or -1 */
	const char *body;
	size_t len;
	const struct row *row; /* NULL if the file is not in the index */
	struct counts *counts;
};

static void
disagree(struct capture *c, const char *what, const char *expected, const char *got)
{
	c->counts->disagreements++;
	tap_note("DISAGREES %s: %s: expected \"%s\", got \"%s\"", c->id, what, expected, got);
}

/* Text of the first element of that local name, by searching alone; "" if there is none. */
static void
search_text(const struct capture *c, const char *local, char *out, size_t size)
{
	size_t n = strlen(local), len;
	const char *at = c->body, *end;

	out[0] = '\0';
	while ((at = strstr(at, local)) != NULL) {
		bool is_start = at > c->body && (at[-1] == ':' || at[-1] == '<') && at[n] == '>';

		if (is_start && !(at > c->body + 1 && at[-1] == '<' && at[-2] == '/'))
			break;
		at += n;
	}
	if (at == NULL)
		return;
	at += n + 1;
	end = strchr(at, '<');
	while (end != NULL && at < end && isspace((unsigned char)*at))
		at++;
	while (end != NULL && end > at && isspace((unsigned char)end[-1]))
		end--;
	len = end != NULL ? (size_t)(end - at) : 0;
	snprintf(out, size, "%.*s", (int)len, at);
}

/* How many start tags of that local name there are, by searching alone. */
static size_t
search_count(const struct capture *c, const char *local)
{
	size_t n = strlen(local), count = 0;

	for (const char *at = c->body; (at = strstr(at, local)) != NULL; at += n) {
		const char *open = at;

		if (at == c->body || (at[n] != '>' && at[n] != ' ' && at[n] != '\n'))
			continue;
		while (open > c->body && open[-1] != '<' && open[-1] != '>' && open[-1] != ' ')
			open--;
		count += (at[-1] == ':' || at[-1] == '<') && open > c->body && open[-1] == '<' &&
			 *open != '/';
	}
	return count;
}

/* The index abbreviates one firmware with "..." and explains some vendors in brackets. */
static bool
index_matches(const char *index, const char *value)
{
	const char *dots = strstr(index, "...");
	const char *remark = strstr(index, " (");
	size_t head = dots != NULL     ? (size_t)(dots - index)
		      : remark != NULL ? (size_t)(remark - index)
				       : strlen(index);
	size_t tail = dots != NULL ? strlen(dots + 3) : 0;

	if (strcmp(index, "(empty)") == 0)
		return value[0] == '\0';
	if (dots != NULL)
		return strlen(value) >= head + tail && strncmp(index, value, head) == 0 &&
		       strcmp(dots + 3, value + strlen(value) - tail) == 0;
	return strlen(value) == head && strncmp(index, value, head) == 0;
}

static void
check_info(struct capture *c, const struct onvif_device_info *info)
{
	const struct {
		const char *element, *value;
	} fields[] = {
		{"Manufacturer", info->manufacturer}, {"Model", info->model},
		{"FirmwareVersion", info->firmware},  {"SerialNumber", info->serial},
		{"HardwareId", info->hardware},
	};
	int before = c->counts->disagreements;
	char text[1024];

	for (size_t i = 0; i < MEM_COUNT(fields); i++) {
		search_text(c, fields[i].element, text, sizeof(text));
		if (strcmp(text, fields[i].value) != 0)
			disagree(c, fields[i].element, text, fields[i].value);
	}
	/* Mixed and edited collections have no vendor to agree with. */
	if (c->row == NULL || strncmp(c->row->vendor, "mixed", 5) == 0)
		return;
	if (!index_matches(c->row->vendor, info->manufacturer))
		disagree(c, "INDEX vendor", c->row->vendor, info->manufacturer);
	if (!index_matches(c->row->model, info->model))
		disagree(c, "INDEX model", c->row->model, info->model);
	if (!index_matches(c->row->firmware, info->firmware))
		disagree(c, "INDEX firmware", c->row->firmware, info->firmware);
	c->counts->inventories++;
	c->counts->right += c->counts->disagreements == before;
}

static void
check_count(struct capture *c, const char *element, size_t got)
{
	char expected[32], text[32];
	size_t found = search_count(c, element);

	snprintf(expected, sizeof(expected), "%zu", found);
	snprintf(text, sizeof(text), "%zu", got);
	if (found != got)
		disagree(c, element, expected, text);
}

static void
check_values(struct capture *c, const struct onvif_reply *reply)
{
	char text[1024];

	switch (reply->op) {
	case ONVIF_GET_DEVICE_INFORMATION:
		check_info(c, &reply->u.info);
		break;
	case ONVIF_GET_SERVICES:
		check_count(c, "Service", reply->u.services.count);
		break;
	case ONVIF_GET_NETWORK_INTERFACES:
		check_count(c, "NetworkInterfaces", reply->u.interfaces.count);
		search_text(c, "HwAddress", text, sizeof(text));
		if (reply->u.interfaces.count > 0 && text[0] != '\0' &&
		    reply->u.interfaces.items[0].mac[0] == '\0')
			disagree(c, "MAC", text, "");
		break;
	case ONVIF_GET_PROFILES:
		check_count(c, "Profiles", reply->u.profiles.count);
		break;
	case ONVIF_GET_HOSTNAME:
		search_text(c, "Name", text, sizeof(text));
		if (strcmp(text, reply->u.hostname.name) != 0)
			disagree(c, "Name", text, reply->u.hostname.name);
		break;
	case ONVIF_GET_DOOR_INFO_LIST:
		check_count(c, "DoorInfo", reply->u.doors.count);
		break;
	case ONVIF_GET_ACCESS_POINT_INFO_LIST:
		check_count(c, "AccessPointInfo", reply->u.access_points.count);
		break;
	case ONVIF_GET_DOOR_STATE:
		search_text(c, "DoorMode", text, sizeof(text));
		if (strcmp(text, onvif_door_word(reply->u.door_state.mode)) != 0)
			disagree(c, "DoorMode", text, onvif_door_word(reply->u.door_state.mode));
		break;
	case ONVIF_GET_SYSTEM_DATE_AND_TIME:
		if (!reply->u.time.has_utc)
			disagree(c, "UTC time", "a time", reply->u.time.bad_field);
		break;
	default:
		break;
	}
}

static const struct known *
find_known(const struct capture *c)
{
	for (size_t i = 0; i < MEM_COUNT(known); i++) {
		if (strcmp(known[i].file, c->id) == 0)
			return &known[i];
	}
	return NULL;
}

static void
note_refusal(struct capture *c, enum onvif_refusal refusal)
{
	const struct known *k = find_known(c);

	c->counts->refused++;
	if (k == NULL || k->refusal != refusal) {
		disagree(c, "refused", k != NULL ? onvif_refusal_text(k->refusal) : "decoded",
			 onvif_refusal_text(refusal));
		return;
	}
	c->counts->known++;
	tap_note("refused %s: %s: %s", c->id, onvif_refusal_text(refusal), k->why);
}

static void
check_decoded(struct capture *c)
{
	struct onvif_reply reply;

	if (onvif_read_reply((enum onvif_op)c->op, c->body, c->len, &reply) != 0) {
		disagree(c, "read", "a reply", "out of memory");
		return;
	}
	if (reply.kind == ONVIF_REPLY_REFUSED) {
		note_refusal(c, reply.refusal);
	} else if (reply.kind == ONVIF_REPLY_FAULT) {
		c->counts->faults++;
		if (strstr(c->body, "NotAuthorized") != NULL &&
		    reply.fault.what != ONVIF_FAULT_NOT_AUTHORIZED)
			disagree(c, "fault", onvif_fault_text(ONVIF_FAULT_NOT_AUTHORIZED),
				 onvif_fault_text(reply.fault.what));
	} else {
		c->counts->decoded++;
		if (c->row != NULL && c->row->http_status >= 400)
			disagree(c, "HTTP status", "a fault", "decoded");
		if (find_known(c) != NULL)
			disagree(c, "known oddity", find_known(c)->why, "decoded");
		check_values(c, &reply);
	}
	onvif_reply_fini(&reply);
}

static void
check_content(struct capture *c, const xmlNode *content)
{
	const char *local = xml_local(content);
	const struct known *k = find_known(c);
	char expected[NAME_SIZE + 16];
	size_t len = strlen(local);

	snprintf(expected, sizeof(expected), "%sResponse", c->operation);
	/* Capturers spell GetDNS as GetDns, and some give names of their own. */
	if (strcasecmp(local, expected) == 0 ||
	    (!c->is_named && len > 8 && strcmp(local + len - 8, "Response") == 0))
		return;
	if (k == NULL || k->refusal != ONVIF_REFUSED_NONE) {
		disagree(c, "response element", expected, local);
		return;
	}
	c->counts->known++;
	tap_note("other element %s: %s: %s", c->id, local, k->why);
}

static void
check_envelope(struct capture *c)
{
	struct mem_arena arena;
	struct soap_reader reader = {.arena = &arena};
	enum onvif_refusal refusal;
	struct soap_doc doc;

	arena_init(&arena);
	if (soap_open(&reader, c->body, c->len, &doc, &refusal) != 0) {
		disagree(c, "read", "an envelope", "out of memory");
	} else if (refusal != ONVIF_REFUSED_NONE) {
		note_refusal(c, refusal);
	} else {
		if (xml_is(doc.content, "Fault")) {
			c->counts->faults++;
		} else {
			c->counts->envelopes++;
			check_content(c, doc.content);
		}
		soap_close(&doc);
	}
	arena_fini(&arena);
}

/* "media2.GetProfiles.2.xml" is GetProfiles of the service media2, its second capture. */
static void
name_operation(struct capture *c, const char *file)
{
	const char *name = file, *dot = strchr(file, '.');
	enum onvif_service_id hint = ONVIF_SERVICE_OTHER;

	if (islower((unsigned char)file[0]) && dot != NULL && isupper((unsigned char)dot[1])) {
		for (int i = 0; i < ONVIF_SERVICE_COUNT; i++) {
			const char *s = onvif_service_name((enum onvif_service_id)i);

			if (strncmp(s, file, strlen(s)) == 0 && file[strlen(s)] == '.')
				hint = (enum onvif_service_id)i;
		}
		name = dot + 1;
	}
	snprintf(c->operation, sizeof(c->operation), "%.*s", (int)strcspn(name, "."), name);
	c->is_named = isupper((unsigned char)name[0]);
	c->op = -1;
	for (int i = 0; i < ONVIF_OP_COUNT; i++) {
		if (strcmp(c->operation, onvif_op_name((enum onvif_op)i)) == 0 &&
		    (hint == ONVIF_SERVICE_OTHER || hint == onvif_op_service((enum onvif_op)i)))
			c->op = i;
	}
}

static const struct row *
find_row(const struct row *rows, size_t count, const char *device, const char *file)
{
	size_t len = strlen(file) - 4;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(rows[i].device, device) == 0 && strlen(rows[i].file) == len &&
		    strncmp(rows[i].file, file, len) == 0)
			return &rows[i];
	}
	return NULL;
}

static bool
check_file(const char *dir, const char *device, const char *file, const struct row *rows,
	   size_t count, struct counts *counts)
{
	struct capture c = {.counts = counts, .row = find_row(rows, count, device, file)};
	char path[PATH_SIZE];
	char *body;

	snprintf(path, sizeof(path), "%s/%s/%s", dir, device, file);
	snprintf(c.id, sizeof(c.id), "%s/%.*s", device, (int)strlen(file) - 4, file);
	body = read_whole(path, &c.len);
	if (body == NULL)
		return false;
	c.body = body;
	counts->files++;
	name_operation(&c, file);
	if (c.op >= 0)
		check_decoded(&c);
	else
		check_envelope(&c);
	free(body);
	return true;
}

static size_t
read_index(const char *dir, struct row *rows)
{
	char path[PATH_SIZE], line[2048];
	size_t count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/INDEX.tsv", dir);
	file = fopen(path, "r");
	if (file == NULL)
		return 0;
	while (count < INDEX_MAX && fgets(line, sizeof(line), file) != NULL) {
		struct row *row = &rows[count];
		char *at = line;
		char *cells[6];

		for (int i = 0; i < 6; i++)
			cells[i] = at != NULL ? strsep(&at, "\t") : (char *)"";
		if (strcmp(cells[0], "device") == 0)
			continue;
		snprintf(row->device, NAME_SIZE, "%s", cells[0]);
		snprintf(row->file, NAME_SIZE, "%s", cells[1]);
		snprintf(row->vendor, NAME_SIZE, "%s", cells[2]);
		snprintf(row->model, NAME_SIZE, "%s", cells[3]);
		snprintf(row->firmware, NAME_SIZE, "%s", cells[4]);
		row->http_status = (int)strtol(cells[5], NULL, 10);
		count++;
	}
	fclose(file);
	return count;
}

static int
is_xml_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && strcmp(entry->d_name + len - 4, ".xml") == 0;
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strcmp(entry->d_name, "INDEX.tsv") != 0;
}

void
check_captures(struct tap *tap, const char *dir)
{
	struct row *rows = calloc(INDEX_MAX, sizeof(*rows));
	size_t indexed = rows != NULL ? read_index(dir, rows) : 0;
	struct counts all = {0};
	struct dirent **devices = NULL;
	int n = scandir(dir, &devices, is_visible, alphasort);

	tap_result(tap, indexed > 0 && n > 0, "captures: %d devices, %zu rows in INDEX.tsv", n,
		   indexed);
	for (int i = 0; i < n; i++) {
		struct counts c = {0};
		struct dirent **files = NULL;
		char path[PATH_SIZE];
		int m;

		snprintf(path, sizeof(path), "%s/%s", dir, devices[i]->d_name);
		m = scandir(path, &files, is_xml_file, alphasort);
		for (int j = 0; j < m; j++) {
			if (!check_file(dir, devices[i]->d_name, files[j]->d_name, rows, indexed,
					&c))
				tap_note("cannot read %s/%s", path, files[j]->d_name);
			free(files[j]);
		}
		free(files);
		tap_result(tap, m > 0 && c.files == m && c.disagreements == 0,
			   "%s: %d replies: %d decoded, %d other envelopes, %d faults, %d refused",
			   devices[i]->d_name, c.files, c.decoded, c.envelopes, c.faults,
			   c.refused);
		all.files += c.files;
		all.decoded += c.decoded;
		all.envelopes += c.envelopes;
		all.faults += c.faults;
		all.refused += c.refused;
		all.known += c.known;
		all.disagreements += c.disagreements;
		all.inventories += c.inventories;
		all.right += c.right;
		free(devices[i]);
	}
	free(devices);
	tap_result(
		tap, all.inventories > 0 && all.right == all.inventories,
		"of %d devices in the index, vendor, model, firmware, serial number and hardware "
		"of %d are right",
		all.inventories, all.right);
	free(rows);
	tap_result(tap, all.known == (int)MEM_COUNT(known),
		   "known oddities of the captures: %d met, %zu listed", all.known,
		   MEM_COUNT(known));
	tap_note("captures: %d replies: %d decoded, %d other envelopes, %d faults, %d refused, "
		 "%d disagreements",
		 all.files, all.decoded, all.envelopes, all.faults, all.refused, all.disagreements);
}
