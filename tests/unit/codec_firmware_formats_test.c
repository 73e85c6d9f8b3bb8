/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the firmware rules make of sysDescr as vendors write it, over several generations of their
 * firmware, for devices that answer nothing else. A vendor's new words must not make a wrong
 * version: unknown is better.
 */
#include "keepwatch/firmware_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define E "1.3.6.1.4.1."

struct format {
	const char *object_id, *descr;
	const char *vendor, *firmware, *model; /* NULL: unknown */
};

static const struct format formats[] = {
	/* cameras and doors */
	{E "368.1.1", " ; AXIS P3245-V; Network Camera; 9.80.3.1; Nov 25 2020 10:13; 74B; 1;",
	 "Axis", "9.80.3.1", "AXIS P3245-V"},
	{E "368.1.1",
	 "; AXIS Q6155-E; PTZ Dome Network Camera; 6.50.1.2; Mar 08 2017 09:22; 738; 1;", "Axis",
	 "6.50.1.2", "AXIS Q6155-E"},
	{E "368.4.20",
	 "; AXIS I8016-LVE; Network Video Intercom; 1.65.3; May 01 2020 12:00; 7AA; 1;", "Axis",
	 "1.65.3", "AXIS I8016-LVE"},
	{E "3967.1", "FLEXIDOME IP 7000 RD 7.87.0029", "Bosch", "7.87.0029",
	 "FLEXIDOME IP 7000 RD"},
	{E "23465", "Mega-Pixel Network Camera", "Vivotek", NULL, NULL},
	/* Cisco */
	{E "9.1.359",
	 "Cisco Internetwork Operating System Software \r\nIOS (tm) C2950 Software "
	 "(C2950-I6Q4L2-M), Version 12.1(22)EA14, RELEASE SOFTWARE (fc1)\r\nTechnical Support: "
	 "http://www.cisco.com/techsupport",
	 "Cisco", "12.1(22)EA14", NULL},
	{E "9.1.1208",
	 "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E9, RELEASE "
	 "SOFTWARE (fc4)\r\nTechnical Support",
	 "Cisco", "15.2(7)E9", NULL},
	{E "9.1.2494",
	 "Cisco IOS Software [Bengaluru], Catalyst L3 Switch Software (CAT9K_IOSXE), Version "
	 "17.6.5, RELEASE SOFTWARE (fc2)",
	 "Cisco", "17.6.5", NULL},
	{E "9.1.1861",
	 "Cisco IOS XR Software (Cisco ASR9K Series),  Version 5.3.4[Default]\r\nCopyright (c) "
	 "2016 by Cisco Systems, Inc.",
	 "Cisco", "5.3.4", NULL},
	{E "9.12.3.1.3.1812",
	 "Cisco NX-OS(tm) n9000, Software (n9000-dk9), Version 7.0(3)I4(2), RELEASE SOFTWARE",
	 "Cisco", "7.0(3)I4(2)", NULL},
	{E "9.1.2114", "Cisco Adaptive Security Appliance Version 9.12(4)38", "Cisco", "9.12(4)38",
	 NULL},
	{E "9.1.2313",
	 "Cisco Firepower Threat Defense, Version 7.0.5 (Build 72), ASA Version 9.16(4)14", "Cisco",
	 "7.0.5", NULL},
	{E "9.5.44",
	 "Cisco Systems, Inc. WS-C6509 \nCisco Catalyst Operating System Software, Version "
	 "8.4(5)\nCopyright (c) 1995-2005 by Cisco Systems",
	 "Cisco", "8.4(5)", NULL},
	{E "9.1.1634",
	 "Cisco Integrated Management Controller(CIMC) [UCS C220 M4S], Firmware Version 3.0(3e) "
	 "Copyright (c) 2008-2016, Cisco Systems, Inc.",
	 "Cisco", "3.0(3e)", "UCS C220 M4S"},
	{E "9.1.1631", "Cisco Controller", "Cisco", NULL, NULL},
	{E "9.6.1.32.371.1", "Linux, Cisco Systems, Inc WAP371 (WAP371-E-K9), Version 1.3.0.7",
	 "Cisco", "1.3.0.7", "WAP371"},
	{E "9.6.1.95.28.1", "SG350-28P 28-Port Gigabit PoE Managed Switch", "Cisco", NULL,
	 "SG350-28P"},
	/* HPE and Aruba */
	{E "11.2.3.7.11.29",
	 "ProCurve J4900B Switch 2626, revision H.10.83, ROM H.08.02 (/sw/code/build/fish)", "HPE",
	 "H.10.83", "J4900B 2626"},
	{E "11.2.3.7.11.140",
	 "HP J9773A 2530-24G-PoEP Switch, revision YA.16.10.0009, ROM YA.15.20 "
	 "(/ws/swbuildm/rel/code) (Formerly ProCurve)",
	 "HPE", "YA.16.10.0009", "J9773A 2530-24G-PoEP"},
	{E "11.2.3.7.11.181.21",
	 "Aruba JL322A 2930M-48G-PoE+ Switch, revision WC.16.11.0012, ROM WC.17.02.0008 (/ws)",
	 "HPE", "WC.16.11.0012", "JL322A 2930M-48G-PoE+"},
	{E "11.2.3.7.11.200",
	 "Aruba Instant On 1930 24G Class4 PoE 4SFP/SFP+ 195W Switch JL683A, "
	 "InstantOn_1930_2.8.1.0 "
	 "(6), Linux 4.4.120",
	 "HPE", "2.8.1.0", "1930 24G Class4 PoE 4SFP/SFP+ 195W JL683A"},
	{E "25506.11.1.187",
	 "HPE Comware Platform Software, Software Version 7.1.045, Release 3116\r\nHPE "
	 "5130-24G-PoE+"
	 "-4SFP+ EI Switch\r\nCopyright (c) 2010-2017 Hewlett Packard Enterprise",
	 "HPE", "7.1.045, Release 3116", "5130-24G-PoE+-4SFP+ EI Switch"},
	{E "25506.1.1900",
	 "H3C Comware Platform Software, Software Version 7.1.070, Release 6126P20\r\n"
	 "H3C S5130S-28S-EI\r\nCopyright (c) 2004-2020 New H3C Technologies",
	 "H3C", "7.1.070, Release 6126P20", "S5130S-28S-EI"},
	{E "232.9.4.10", "Integrated Lights-Out 4 2.79 Aug 02 2021", "HPE", "2.79", NULL},
	{E "47196.4.1.1.1.100", "Aruba JL667A 6300F 48G 4SFP56 Swch FL.10.06.0010", "Aruba",
	 "FL.10.06.0010", "6300F 48G 4SFP56"},
	{E "14823.1.2.109", "ArubaOS (MODEL: 325), Version 6.5.4.6-6.5.4.6 (63972)", "Aruba",
	 "6.5.4.6-6.5.4.6", "325"},
	/* other switches and routers */
	{E "2636.1.1.1.2.31",
	 "Juniper Networks, Inc. ex4200-24t internet router, kernel JUNOS 9.3R2.8 #0: 2009-02-11 "
	 "02:27:17 UTC     builder@x:/volume/build",
	 "Juniper", "9.3R2.8", "ex4200-24t"},
	{E "2636.1.1.1.4.131.1",
	 "Juniper Networks, Inc. ex3400-24p Ethernet Switch, kernel JUNOS 20.4R3-S5.4, Build date: "
	 "2022-11-22 15:54:24 UTC Copyright (c) 1996-2022",
	 "Juniper", "20.4R3-S5.4", "ex3400-24p"},
	{E "3224.1.51", "SSG5-ISDN version 6.3.0r21.0 (SN: 0162112009001234, Firewall+VPN)",
	 "Juniper", "6.3.0r21.0", "SSG5-ISDN"},
	{E "30065.1.3011.7048.427",
	 "Arista Networks EOS version 4.28.3M running on an Arista Networks DCS-7048T-A", "Arista",
	 "4.28.3M", "DCS-7048T-A"},
	{E "1916.2.76",
	 "ExtremeXOS version 12.5.4.5 v1254b5-patch1-5 by release-manager on Fri Jul 8 13:48:18 "
	 "EDT "
	 "2011",
	 "Extreme", "12.5.4.5", NULL},
	{E "1916.2.400", "5520-24T-VOSS (8.10.0.0)", "Extreme", "8.10.0.0", "5520-24T-VOSS"},
	{E "45.3.71.9",
	 "Ethernet Routing Switch 5632FD      HW:01       FW:6.0.0.6   SW:v6.2.1.007 BN:7 (c) "
	 "Nortel "
	 "Networks",
	 "Extreme", "6.2.1.007", "ERS-5632FD"},
	{E "5624.2.1.100", "Enterasys Networks, Inc. C3G124-24 Rev 06.03.01.0008", "Extreme",
	 "06.03.01.0008", "C3G124-24"},
	{E "674.10895.3046", "Dell Networking N4064F, 6.2.6.6, Linux 3.7.10-e54850e7", "Dell",
	 "6.2.6.6", "Dell Networking N4064F"},
	{E "4526.100.4.36",
	 "GS752TPv2 ProSafe 52-port Gigabit Ethernet PoE Smart Switch, 6.0.1.27, B1.0.0.4",
	 "Netgear", "6.0.1.27", "GS752TPv2"},
	{E "6486.800.1.1.2.1.10.1.1",
	 "Alcatel-Lucent OS6850-P24X 6.4.4.585.R01 GA, November 22, 2011.", "Alcatel-Lucent",
	 "6.4.4.585.R01", "OS6850-P24X"},
	{E "207.1.4.89", "Allied Telesis AT-8624T/2M version 2.9.1-13 11-Dec-2007",
	 "Allied Telesis", "2.9.1-13", "AT-8624T/2M"},
	{E "207.1.14.65",
	 "Allied Telesis router/switch, Software (AlliedWare Plus) Version 5.4.4-4.10",
	 "Allied Telesis", "5.4.4-4.10", NULL},
	{E "2011.2.23.95",
	 "Quidway S5300 Huawei Versatile Routing Platform Software\r\nVRP (R) software, Version "
	 "5.70 "
	 "(S5300 V100R006C01SPC100)\r\nCopyright (C) 2007-2011 Huawei Tech",
	 "Huawei", "5.70 (V100R006C01SPC100)", "S5300"},
	{E "14988.1", "RouterOS RB750Gr3", "MikroTik", NULL, "RB750Gr3"},
	{E "1991.1.3.48.2.1",
	 "Brocade Communications Systems, Inc. ICX6450-24, IronWare Version 08.0.30tT311 Compiled "
	 "on "
	 "May 29 2018",
	 "Brocade", "08.0.30tT311", "ICX6450-24"},
	{E "20992.1.44", "Cradlepoint IBR900-600M, Firmware Version 7.22.60.c8a5e5d83",
	 "Cradlepoint", "7.22.60.c8a5e5d83", "IBR900-600M"},
	{E "16177.1.110",
	 "Westermo Lynx-L110-F2G, primary:4.32.1, backup:4.28.0, bootloader:2017.12.0", "Westermo",
	 "4.32.1", "Lynx-L110-F2G"},
	{E "4329.6.1.2.1.1.20",
	 "Siemens, SIMATIC NET, SCALANCE XC208, 6GK5 208-0BA00-2AC2, HW: Version 1, FW: Version "
	 "V04.03.01, SVPL6147920",
	 "Siemens", "V04.03.01", "SCALANCE XC208"},
	{E "7367",
	 "DrayTek Corporation, Router Model: Vigor2862 Series, Version: 3.9.1.3_BT, Build "
	 "Date/Time",
	 "DrayTek", "3.9.1.3_BT", "Vigor2862 Series"},
	{E "6339.1.1.2.419",
	 "CS6200-28X-EI Device, Compiled Mar 30 13:25:54 2017\xda SoftWare Version "
	 "7.5.3.0(R0012.0031)\xda BootRom Version 7.4.11\xda HardWare Version 1.0.1",
	 "DCN", "7.5.3.0(R0012.0031)", "CS6200-28X-EI"},
	{E "25506.11.1.85", "HP V1910-48G Switch Software Version 5.20 Release 1111P01", "HPE",
	 "5.20 Release 1111P01", "V1910-48G Switch"},
	/* power and climate */
	{E "318",
	 "APC Embedded PowerNet SNMP Agent (FW v3.0.1 SW v2.2.4.a, HW B2, MOD: AP9605, "
	 "Mfg: 04/02/1998, SN: WA0000000000)",
	 "APC", "AOS v3.0.1 / App v2.2.4.a", "AP9605"},
	{E "318.1.3.27",
	 "APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.5.0 PN:apc_hw05_aos_650.bin AF1:v6.5.1 "
	 "AN1:apc_hw05_sumx_651.bin MN:AP9630 HR:05 SN: ZA1509012345 MD:02/28/2015)",
	 "APC", "AOS v6.5.0 / App v6.5.1", "Web/SNMP Management Card"},
	{E "2606.7", "Rittal CMC III PU SN 12345678 HW V3.00 - SW V3.11.00_3", "Rittal",
	 "3.11.00_3", "CMC III PU"},
	{E "20916.1.9", "Room Alert 3E v2.4.2", "Avtech", "2.4.2", "Room Alert 3E"},
	{E "21796.4.9", "HWg-STE2, fw:2.0.7", "HW group", "2.0.7", "HWg-STE2"},
	/* without sysObjectID */
	{"0.0",
	 "Juniper Networks, Inc. qfx5200-32c-32q Ethernet Switch, kernel JUNOS 15.1X53-D30.5, "
	 "Build date: 2016-06-07 18:04:31 UTC",
	 "Juniper", "15.1X53-D30.5", "qfx5200-32c-32q"},
	/* nothing is made up */
	{E "8072.3.2.10", "Linux nas 5.10.0-28-amd64 #1 SMP Debian 5.10.209-2 x86_64", NULL, NULL,
	 NULL},
	{E "99999.1", "Acme Thing 1.2.3", NULL, NULL, NULL},
	{"", "", NULL, NULL, NULL},
};

/* How many mistakes: 0 or 1; all are shown. */
static unsigned
check_text(const struct format *format, const char *item, const char *is, const char *expected)
{
	if (is == NULL ? expected == NULL : expected != NULL && strcmp(is, expected) == 0)
		return 0;
	print_error("%s of \"%.60s\": %s, not %s\n", item, format->descr,
		    is != NULL ? is : "(unknown)", expected != NULL ? expected : "(unknown)");
	return 1;
}

static void
test_formats(void **state)
{
	struct firmware_rules *rules;
	unsigned mistakes = 0;

	(void)state;
	assert_int_equal(firmware_rules_new(&rules, NULL), 0);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct firmware_found found[FIRMWARE_ITEM_COUNT];
		struct firmware_read *reading;
		struct firmware_ask ask;

		assert_int_equal(firmware_read_new(&reading, rules, formats[i].object_id,
						   formats[i].descr, ""),
				 0);
		while (firmware_read_next(reading, &ask))
			continue; /* it answers nothing */
		assert_int_equal(firmware_read_conclude(reading, found), 0);
		mistakes += check_text(&formats[i], "vendor", found[FIRMWARE_VENDOR].value,
				       formats[i].vendor);
		mistakes += check_text(&formats[i], "firmware", found[FIRMWARE_FIRMWARE].value,
				       formats[i].firmware);
		mistakes += check_text(&formats[i], "model", found[FIRMWARE_MODEL].value,
				       formats[i].model);
		firmware_read_free(reading);
	}
	firmware_rules_free(rules);
	assert_int_equal(mistakes, 0);
}

/* How many mistakes; what an agent that answers nothing else says of itself. */
static unsigned
check_bare(const struct firmware_rules *rules, const char *object_id, const char *descr)
{
	struct firmware_found found[FIRMWARE_ITEM_COUNT];
	struct firmware_read *reading;
	struct firmware_ask ask;
	unsigned mistakes = 0;

	assert_int_equal(firmware_read_new(&reading, rules, object_id, descr, "host-1.2.3"), 0);
	while (firmware_read_next(reading, &ask)) {
		/* the table must not ask for more than is read */
		assert_true(ask.column_count < FIRMWARE_COLUMNS_MAX);
		assert_true(ask.scalar_count < FIRMWARE_SCALARS_MAX);
	}
	assert_int_equal(firmware_read_conclude(reading, found), 0);
	for (int i = 0; i < FIRMWARE_VENDOR; i++) {
		if (found[i].value == NULL)
			continue;
		print_error("line %u: %s of %s with \"%s\": %s\n", found[i].line,
			    firmware_item_name((enum firmware_item)i), object_id, descr,
			    found[i].value);
		mistakes++;
	}
	firmware_read_free(reading);
	return mistakes;
}

/*
 * The version of an operating system, an SNMP agent or a boot loader is nobody's firmware, under
 * whichever sysObjectID of the table.
 */
static void
test_beneath(void **state)
{
	static const char *const beneath[] = {
		"Linux host-1 4.14.98-g1234 #1 SMP PREEMPT Fri Dec 6 15:44:21 CET 2019 armv7l",
		"Linux version 2.6.18 (root@build) (gcc version 4.1.2) #5",
		"Embedded Linux 2.6.32.24",
		"uClinux v2.4.22 network camera",
		"VxWorks SNMPv1/v2c Agent, WIND version 2.0",
		"SNMP Agent, Net-SNMP Version: 5.4.2.1",
		"eCos v3.0 SNMP",
		"U-Boot 2013.01 (V1.0.1.29)",
		"lwIP 1.4.1",
		"Hardware: x86 Family 6 - Software: Windows Version 6.1 (Build 7601)",
		"Generic device with firmware",
	};
	FILE *table = fopen("schemas/firmware-rules.tsv", "r");
	struct firmware_rules *rules;
	unsigned mistakes = 0, prefixes = 0;
	char line[2048];

	(void)state;
	assert_non_null(table);
	assert_int_equal(firmware_rules_new(&rules, NULL), 0);
	while (fgets(line, sizeof(line), table) != NULL) {
		char *rest = line, *prefix;

		strsep(&rest, "\t");
		if (line[0] == '#' || rest == NULL)
			continue;
		rest = strsep(&rest, "\t");
		while ((prefix = strsep(&rest, ",")) != NULL) {
			if (prefix[0] < '0' || prefix[0] > '9')
				continue;
			prefixes++;
			for (size_t i = 0; i < sizeof(beneath) / sizeof(beneath[0]); i++)
				mistakes += check_bare(rules, prefix, beneath[i]);
		}
	}
	fclose(table);
	firmware_rules_free(rules);
	assert_true(prefixes > 1000);
	assert_int_equal(mistakes, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_formats),
					   cmocka_unit_test(test_beneath)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
