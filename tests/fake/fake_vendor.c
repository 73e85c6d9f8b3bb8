/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a simulated device says of itself by its vendor's own interface, after the vendors' API
 * documentation: axis (basicdeviceinfo.cgi), axis-old (param.cgi alone), hikvision, dahua, hanwha,
 * 2n. All of them know HTTP Digest alone.
 */
#include "fake.h"

#include <stdlib.h>
#include <string.h>

static void
reply_text(struct fake_request *request, int status, const char *text)
{
	free(request->reply);
	request->status = status;
	request->reply = strdup(text);
	request->reply_len = request->reply != NULL ? strlen(text) : 0;
}

/* api, method, path (a prefix of the target), reply of model, firmware, serial, hardware */
static const struct {
	const char *api, *method, *path, *format;
} interfaces[] = {
	{"axis", "POST", "/axis-cgi/basicdeviceinfo.cgi",
	 "{\"apiVersion\":\"1.3\",\"data\":{\"propertyList\":{\"Brand\":\"AXIS\",\"ProdNbr\":"
	 "\"%s\",\"Version\":\"%s\",\"SerialNumber\":\"%s\",\"HardwareID\":\"%s\"}}}"},
	{"axis-old", "GET", "/axis-cgi/param.cgi?action=list&",
	 "root.Brand.Brand=AXIS\nroot.Brand.ProdNbr=%s\nroot.Properties.Firmware.Version=%s\n"
	 "root.Properties.System.SerialNumber=%s\nroot.Properties.System.HardwareID=%s\n"},
	{"hikvision", "GET", "/ISAPI/System/deviceInfo",
	 "<?xml version=\"1.0\" encoding=\"UTF-8\"?><DeviceInfo version=\"2.0\" xmlns=\"http://"
	 "www.hikvision.com/ver20/XMLSchema\"><manufacturer>hikvision</manufacturer><model>%s"
	 "</model><firmwareVersion>%s</firmwareVersion><serialNumber>%s</serialNumber>"
	 "<hardwareVersion>%s</hardwareVersion></DeviceInfo>"},
	{"dahua", "GET", "/cgi-bin/magicBox.cgi?action=getSystemInfo",
	 "deviceType=%s\r\nupdateSerial=%.0s-\r\nserialNumber=%s\r\nhardwareVersion=%s\r\n"},
	{"dahua", "GET", "/cgi-bin/magicBox.cgi?action=getSoftwareVersion",
	 "%.0sversion=%s\r\n%.0s%.0s"},
	{"hanwha", "GET", "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view",
	 "Model=%s\r\nFirmwareVersion=%s\r\nSerialNumber=%s\r\nCGIVersion=%s\r\n"},
	{"2n", "GET", "/api/system/info",
	 "{\"success\":true,\"result\":{\"variant\":\"%s\",\"swVersion\":\"%s\",\"serialNumber\":"
	 "\"%s\",\"hwVersion\":\"%s\"}}"},
};

static void
tell(struct fake_request *request, const char *format)
{
	const struct fake_settings *s = &request->settings;
	char text[2048];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), format, s->model, s->firmware, s->serial, s->hardware);
#pragma GCC diagnostic pop
	reply_text(request, 200, text);
}

bool
fake_vendor_answer(struct fake_request *request)
{
	const struct fake_settings *s = &request->settings;

	for (size_t i = 0; i < sizeof(interfaces) / sizeof(interfaces[0]); i++) {
		if (strcmp(s->api, interfaces[i].api) != 0 ||
		    strcmp(request->method, interfaces[i].method) != 0 ||
		    strncmp(request->target, interfaces[i].path, strlen(interfaces[i].path)) != 0)
			continue;
		snprintf(request->operation, sizeof(request->operation), "vendor-info");
		snprintf(request->settings.auth, sizeof(request->settings.auth), "digest");
		if (fake_login(request, NULL) != FAKE_LOGIN_OK)
			reply_text(request, 401, "<html><body>Unauthorized</body></html>");
		else
			tell(request, interfaces[i].format);
		return true;
	}
	return false;
}
