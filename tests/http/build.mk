# SPDX-License-Identifier: GPL-3.0-or-later
# The scripted HTTP peer that the tests of the HTTP client and of the probes over it share.
HTTP_PEER = $(BUILD)/tests/http/server.o $(BUILD)/tests/http/certs.o
$(BUILD)/tests/unit/net_http_test $(BUILD)/tests/unit/net_login_test \
$(BUILD)/tests/unit/net_tls_test $(BUILD)/tests/unit/net_tls_scan_test: \
	$(HTTP_PEER) $(BUILD)/tests/http/fixture.o
$(BUILD)/tests/unit/probes_http_test $(BUILD)/tests/unit/probes_onvif_test \
$(BUILD)/tests/unit/probes_onvif_audit_test $(BUILD)/tests/unit/probes_login_test \
$(BUILD)/tests/unit/probes_vendor_test: \
	$(HTTP_PEER) $(BUILD)/tests/http/rig.o $(BUILD)/tests/http/camera.o
