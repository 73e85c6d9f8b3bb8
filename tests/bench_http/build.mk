# SPDX-License-Identifier: GPL-3.0-or-later
# CPU per ONVIF request over the HTTP client, against a device that answers at once.
HTTP_BENCHES = $(BUILD)/tests/bench_http/client $(BUILD)/tests/bench_http/responder
BENCH_PROGRAMS += $(HTTP_BENCHES)
$(BUILD)/tests/bench_http/client: $(BUILD)/tests/bench_http/client.o $(call archives,net) \
		$(BUILD)/lib/codec.a
	$(link) $(call libs,net) $(call libs,codec)
$(BUILD)/tests/bench_http/responder: $(BUILD)/tests/bench_http/responder.o
	$(link)
