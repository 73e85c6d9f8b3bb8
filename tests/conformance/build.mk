# SPDX-License-Identifier: GPL-3.0-or-later
# Programs behind the conformance scripts, which read captures of real devices.
$(BUILD)/tests/conformance/onvif_conformance: $(BUILD)/tests/conformance/onvif_conformance.o \
		$(BUILD)/tests/conformance/onvif_captures.o $(BUILD)/tests/conformance/onvif_edge.o \
		$(call archives,codec)
	$(link) $(call libs,codec)
