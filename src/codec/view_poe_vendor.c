/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Milliwatts and overload by port from vendors' MIBs, since RFC 3621 has neither. What is known of
 * each is a row of a table here. Three tables of at most 16 columns: makers of many brands first.
 */
#include "view_poe.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <string.h>

enum poe_index { BY_GROUP, BY_IF, BY_PORT };
enum poe_what { POWER, LIMIT, CODE, TEXT };

/*
 * CODE columns: one letter per value from 0. d disabled, s searching, o delivering, f fault,
 * O overload or denied, - nothing that is known to us.
 */
#define POE_COLUMNS_1(X)                                                                          \
	/* CISCOSB-POE-MIB rlPethPsePortTable: OutputPower, OperPowerLimit, StatusDescription */  \
	X(sb_power, BY_GROUP, POWER, 1, "", 9, 6, 1, 101, 108, 1, 1, 5)                           \
	X(sb_limit, BY_GROUP, LIMIT, 1, "", 9, 6, 1, 101, 108, 1, 1, 9)                           \
	X(sb_text, BY_GROUP, TEXT, 1, "", 9, 6, 1, 101, 108, 1, 1, 8)                             \
	/* RADLAN-POE-MIB (Eltex, Dell, Allied Telesis ...): the same */                          \
	X(rl_power, BY_GROUP, POWER, 1, "", 89, 108, 1, 1, 5)                                     \
	X(rl_limit, BY_GROUP, LIMIT, 1, "", 89, 108, 1, 1, 9)                                     \
	X(rl_text, BY_GROUP, TEXT, 1, "", 89, 108, 1, 1, 8)                                       \
	/* FASTPATH POWER-ETHERNET-MIB: agentPethOutputPower, agentPethFaultStatus: of Netgear */ \
	X(ng_power, BY_GROUP, POWER, 1, "", 4526, 10, 15, 1, 1, 1, 2)                             \
	X(ng_fault, BY_GROUP, CODE, 1, "--fOO", 4526, 10, 15, 1, 1, 1, 9)                         \
	X(ngs_power, BY_GROUP, POWER, 1, "", 4526, 11, 15, 1, 1, 1, 2)                            \
	X(ngs_fault, BY_GROUP, CODE, 1, "--fOO", 4526, 11, 15, 1, 1, 1, 9)                        \
	/* ... of Broadcom (Ubiquiti EdgeSwitch, Quanta ...), of Dell */                          \
	X(fp_power, BY_GROUP, POWER, 1, "", 4413, 1, 1, 15, 1, 1, 1, 2)                           \
	X(fp_fault, BY_GROUP, CODE, 1, "--fOO", 4413, 1, 1, 15, 1, 1, 1, 9)                       \
	X(dell_power, BY_GROUP, POWER, 1, "", 674, 10895, 5000, 2, 6132, 1, 1, 15, 1, 1, 1, 2)    \
	X(dell_fault, BY_GROUP, CODE, 1, "--fOO", 674, 10895, 5000, 2, 6132, 1, 1, 15, 1, 1, 1, 9)

#define POE_COLUMNS_2(X)                                                                          \
	/* HP-ICF-POE-MIB: hpicfPoePethPsePortActualPower, ... Power, ... OperStatus */           \
	X(hp_power, BY_GROUP, POWER, 1, "", 11, 2, 14, 11, 1, 9, 1, 1, 1, 8)                      \
	X(hp_old_power, BY_GROUP, POWER, 1, "", 11, 2, 14, 11, 1, 9, 1, 1, 1, 3)                  \
	X(hp_oper, BY_GROUP, CODE, 1, "-O-o", 11, 2, 14, 11, 1, 9, 1, 1, 1, 9)                    \
	/* ARUBAWIRED-POE-MIB: arubaWiredPoePethPsePortPowerDrawn, ... OperStatus */              \
	X(cx_power, BY_GROUP, POWER, 1, "", 47196, 4, 1, 1, 3, 8, 1, 1, 1, 7)                     \
	X(cx_oper, BY_GROUP, CODE, 1, "-O-o", 47196, 4, 1, 1, 3, 8, 1, 1, 1, 10)                  \
	/* HH3C-POWER-ETH-EXT-MIB: hh3cPsePortCurrentPower; A3COM-HUAWEI-POWER-ETH-EXT-MIB */     \
	X(h3c_power, BY_GROUP, POWER, 1, "", 25506, 2, 14, 1, 1, 5)                               \
	X(a3com_power, BY_GROUP, POWER, 1, "", 43, 45, 1, 10, 2, 14, 1, 1, 5)                     \
	/* HUAWEI-POE-MIB: hwPoePortConsumingPower, hwPoePortEnable */                            \
	X(hw_power, BY_IF, POWER, 1, "", 2011, 5, 25, 195, 3, 1, 10)                              \
	X(hw_enable, BY_IF, CODE, 1, "-sd", 2011, 5, 25, 195, 3, 1, 3)                            \
	/* EXTREME-POE-MIB: extremePethPortMeasuredPower */                                       \
	X(xtrm_power, BY_GROUP, POWER, 1, "", 1916, 1, 27, 2, 1, 1, 6)                            \
	/* TPLINK-POWER-OVER-ETHERNET-MIB: tpPoePower (0.1 W), ... PowerStatus, ... PortStatus */ \
	X(tp_power, BY_PORT, POWER, 100, "", 11863, 6, 56, 1, 1, 2, 1, 1, 7)                      \
	X(tp_status, BY_PORT, CODE, 1, "ssoOffffff", 11863, 6, 56, 1, 1, 2, 1, 1, 11)             \
	X(tp_enable, BY_PORT, CODE, 1, "d", 11863, 6, 56, 1, 1, 2, 1, 1, 2)                       \
	/* MIKROTIK-MIB: mtxrPOEPower (0.1 W), mtxrPOEStatus */                                   \
	X(mt_power, BY_IF, POWER, 100, "", 14988, 1, 1, 15, 1, 1, 6)                              \
	X(mt_status, BY_IF, CODE, 1, "-dsoOfffffff-f", 14988, 1, 1, 15, 1, 1, 3)

#define POE_COLUMNS_3(X)                                                                     \
	/* FOUNDRY-POE-MIB: snAgentPoePortConsumed, snAgentPoePortControl */                 \
	X(icx_power, BY_IF, POWER, 1, "", 1991, 1, 1, 2, 14, 2, 2, 1, 6)                     \
	X(icx_control, BY_IF, CODE, 1, "--dss", 1991, 1, 1, 2, 14, 2, 2, 1, 2)               \
	/* BAY-STACK-PETH-EXT-MIB (Nortel, Avaya, Extreme ERS): bspePethPsePortExt */        \
	/* MeasuredPower, DetailedStatus */                                                  \
	X(bay_power, BY_GROUP, POWER, 1, "", 45, 5, 8, 1, 1, 1, 7)                           \
	X(bay_status, BY_GROUP, CODE, 1, "-ooofOsfOOd", 45, 5, 8, 1, 1, 1, 4)                \
	/* ENTERASYS-POWER-ETHERNET-EXT-MIB: etsysPsePortPowerUsage, ... Limit */            \
	X(ets_power, BY_GROUP, POWER, 1, "", 5624, 1, 2, 50, 1, 5, 1, 1, 2)                  \
	X(ets_limit, BY_GROUP, LIMIT, 1, "", 5624, 1, 2, 50, 1, 5, 1, 1, 1)                  \
	/* CUMULUS-POE-MIB: portPower, portAllocatedPower, portStatus */                     \
	X(cum_power, BY_IF, POWER, 1, "", 40310, 3, 2, 1, 9)                                 \
	X(cum_limit, BY_IF, LIMIT, 1, "", 40310, 3, 2, 1, 11)                                \
	X(cum_status, BY_IF, CODE, 1, "--dsoOf", 40310, 3, 2, 1, 4)                          \
	/* DLINKSW-POE-MIB: dPoeIfDetectStatus, dPoeIfFaultyType; dPoeIfPower has no unit */ \
	X(dlink_status, BY_GROUP, CODE, 1, "-dssof", 171, 14, 24, 1, 3, 2, 1, 1, 1)          \
	X(dlink_fault, BY_GROUP, CODE, 1, "--fOOfff", 171, 14, 24, 1, 3, 2, 1, 1, 2)         \
	/* ZYXEL-POWER-ETHERNET-MIB: zyPoePsePortInfoPowerConsumption, by dot1dBasePort */   \
	X(zyxel_power, BY_PORT, POWER, 1, "", 890, 1, 15, 3, 59, 2, 1, 1, 1)

struct poe_column {
	enum poe_index index;
	enum poe_what what;
	uint32_t unit_mw;
	const char *codes;
};

#define X(name, index, what, unit, codes, ...) \
	static const uint32_t oid_##name[] = {1, 3, 6, 1, 4, 1, __VA_ARGS__};
POE_COLUMNS_1(X)
POE_COLUMNS_2(X)
POE_COLUMNS_3(X)
#undef X

#define X(name, ...) OID_REF(oid_##name),
static const struct oid_ref oids_1[] = {POE_COLUMNS_1(X)}, oids_2[] = {POE_COLUMNS_2(X)},
			    oids_3[] = {POE_COLUMNS_3(X)};
#undef X

_Static_assert(MEM_COUNT(oids_1) <= 16 && MEM_COUNT(oids_2) <= 16 && MEM_COUNT(oids_3) <= 16,
	       "columns of one walk");

#define X(name, index, what, unit, codes, ...) {index, what, unit, codes},
static const struct poe_column columns_1[] = {POE_COLUMNS_1(X)}, columns_2[] = {POE_COLUMNS_2(X)},
			       columns_3[] = {POE_COLUMNS_3(X)};
#undef X

static bool
vendor_key(enum poe_index form, const uint32_t *index, size_t len, uint32_t key[2])
{
	switch (form) {
	case BY_GROUP:
		key[0] = index[0];
		key[1] = index[len - 1];
		return len == 2 && index[0] != POE_BY_IF;
	case BY_PORT:
		key[0] = 1;
		key[1] = index[0];
		return len == 1;
	default:
		key[0] = POE_BY_IF;
		key[1] = index[0];
		return len == 1;
	}
}

static void
vendor_code(struct poe_vendor_row *row, char code)
{
	switch (code) {
	case 'd':
		row->is_disabled = true;
		break;
	case 's':
		/* "Not off": whether it delivers, another column may tell. */
		if (row->status == POE_NONE)
			row->status = POE_SEARCHING;
		break;
	case 'o':
		row->status = POE_DELIVERING;
		break;
	case 'f':
		row->status = POE_FAULT;
		break;
	case 'O':
		row->status = POE_FAULT;
		row->is_overload = true;
		break;
	default:
		break;
	}
}

/* rlPethPsePortStatusDescription; the codes of rlPethPsePortStatus are those of the PoE chip and
 * differ from box to box. The first that fits. */
static char
vendor_text(const char *text)
{
	static const struct {
		const char *words;
		char code;
	} phrases[] = {
		{"port is on", 'o'},	      {"overload", 'O'},     {"budget", 'O'},
		{"power management", 'O'},    {"user setting", 'd'}, {"disable", 'd'},
		{"in process", 's'},	      {"underload", 's'},    {"open", 's'},
		{"non-existing", '-'},	      {"fault", 'f'},	     {"short", 'f'},
		{"temperature", 'f'},	      {"voltage", 'f'},	     {"invalid", 'f'},
		{"non-802.3af powered", 'f'}, {"port is off", 's'},
	};

	for (size_t i = 0; i < MEM_COUNT(phrases); i++) {
		if (strcasestr(text, phrases[i].words) != NULL)
			return phrases[i].code;
	}
	return '-';
}

static int
vendor_take(struct poe_vendor_row *row, const struct poe_column *column, const struct varbind *vb)
{
	uint32_t number;

	if (column->what == TEXT) {
		char text[VIEW_TEXT];

		if (!view_text(vb, text, sizeof(text)))
			return ERR_SYNTAX;
		vendor_code(row, vendor_text(text));
		return 0;
	}
	if (!view_u32(vb, &number))
		return ERR_SYNTAX;
	if (column->what == CODE) {
		if (number < strlen(column->codes))
			vendor_code(row, column->codes[number]);
		return 0;
	}
	/* More than any port can give: not what the MIB says it is. */
	if (number > POE_MW_MAX / column->unit_mw)
		return 0;
	number *= column->unit_mw;
	if (column->what == LIMIT)
		row->limit_mw = number;
	else if (row->mw == VIEW_UNKNOWN_MW || number > row->mw)
		row->mw = number;
	return 0;
}

static int
vendor_add(struct view_builder *builder, const struct view_impl *impl,
	   const struct poe_column *columns, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&impl->spec, column, vb, &len);
	struct poe_vendor_row *row;
	uint32_t key[2];
	void *item;
	int rc;

	if (index == NULL || !vendor_key(columns[column].index, index, len, key))
		return ERR_SYNTAX;
	rc = view_rows_get(&builder->rows[impl->spec.table], key, &item);
	if (rc != 0)
		return rc;
	row = item;
	if (!row->has_values) {
		row->has_values = true;
		row->mw = row->limit_mw = VIEW_UNKNOWN_MW;
	}
	return vendor_take(row, &columns[column], vb);
}

static int
vendor_add_1(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	return vendor_add(builder, &view_impl_POE_VENDOR, columns_1, column, vb);
}

static int
vendor_add_2(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	return vendor_add(builder, &view_impl_POE_VENDOR2, columns_2, column, vb);
}

static int
vendor_add_3(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	return vendor_add(builder, &view_impl_POE_VENDOR3, columns_3, column, vb);
}

/* ---- whom to ask, by the enterprise number of sysObjectID */

static bool
vendor_is(const struct view_builder *builder, const struct oid_ref *oids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (oids[i].ids[6] == builder->scalars.enterprise)
			return true;
	}
	return false;
}

/* Cisco Small Business is 1.3.6.1.4.1.9.6.1; Eltex (35265) and Allied Telesis (207) have RADLAN's
 * tables. Brands that are not known may be built on these; asked if they have PoE at all. */
static bool
vendor_wants_1(const struct view_builder *builder)
{
	const uint32_t enterprise = builder->scalars.enterprise;

	if (enterprise == 9)
		return builder->scalars.object_id_len > 7 && builder->scalars.object_ids[7] == 6;
	if (vendor_is(builder, oids_1, MEM_COUNT(oids_1)) || enterprise == 35265)
		return true;
	/* Before that was read it may be: then it is seen beforehand whether it is there at all. */
	return (builder->rows[VIEW_TABLE_POE_PORT].count > 0 ||
		builder->trust[VIEW_TABLE_POE_PORT] == VIEW_NOT_READ) &&
	       !vendor_is(builder, oids_2, MEM_COUNT(oids_2)) &&
	       !vendor_is(builder, oids_3, MEM_COUNT(oids_3));
}

static bool
vendor_wants_2(const struct view_builder *builder)
{
	return vendor_is(builder, oids_2, MEM_COUNT(oids_2));
}

static bool
vendor_wants_3(const struct view_builder *builder)
{
	return vendor_is(builder, oids_3, MEM_COUNT(oids_3));
}

#define VENDOR_IMPL(suffix, n)                                                                \
	{                                                                                     \
		.spec = {.table = VIEW_TABLE_POE_VENDOR##suffix,                              \
			 .part = VIEW_POE,                                                    \
			 .name = "PoE of the vendor (" #n ")",                                \
			 .columns = oids_##n,                                                 \
			 .column_count = MEM_COUNT(oids_##n),                                 \
			 .max_rows = VIEW_PORTS_MAX,                                          \
			 .add = vendor_add_##n},                                              \
		.item_size = sizeof(struct poe_vendor_row), .key_size = 2 * sizeof(uint32_t), \
		.wants = vendor_wants_##n                                                     \
	}

const struct view_impl view_impl_POE_VENDOR = VENDOR_IMPL(, 1);
const struct view_impl view_impl_POE_VENDOR2 = VENDOR_IMPL(2, 2);
const struct view_impl view_impl_POE_VENDOR3 = VENDOR_IMPL(3, 3);

const struct poe_vendor_row *
view_poe_vendor_at(const struct view_builder *builder, size_t i)
{
	static const enum view_table tables[] = {VIEW_TABLE_POE_VENDOR, VIEW_TABLE_POE_VENDOR2,
						 VIEW_TABLE_POE_VENDOR3};

	for (size_t t = 0; t < MEM_COUNT(tables); t++) {
		const struct view_rows *rows = &builder->rows[tables[t]];

		if (i < rows->count)
			return view_rows_at(rows, i);
		i -= rows->count;
	}
	return NULL;
}
