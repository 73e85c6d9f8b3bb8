# SPDX-License-Identifier: GPL-3.0-or-later
# Programs behind the conformance scripts, which read captures of real devices.
CONFORMANCE = $(BUILD)/tests/conformance
TEST_PROGRAMS += $(CONFORMANCE)/onvif_conformance $(CONFORMANCE)/vendor_conformance
$(CONFORMANCE)/onvif_conformance: $(CONFORMANCE)/onvif_conformance.o $(CONFORMANCE)/tap.o \
		$(CONFORMANCE)/onvif_captures.o $(CONFORMANCE)/onvif_edge.o \
		$(CONFORMANCE)/onvif_generated.o $(call archives,codec)
	$(link) $(call libs,codec)
$(CONFORMANCE)/vendor_conformance: $(CONFORMANCE)/vendor_conformance.o $(CONFORMANCE)/tap.o \
		$(call archives,codec)
	$(link) $(call libs,codec)
# Evaluates the firmware rules over dumps, without a network.
TEST_PROGRAMS += $(CONFORMANCE)/firmware_conformance
$(CONFORMANCE)/firmware_conformance: $(CONFORMANCE)/firmware_conformance.o \
		$(CONFORMANCE)/snmprec.o $(CONFORMANCE)/tap.o $(call archives,codec)
	$(link) $(call libs,codec)
# Reads dumps of switches over the wire.
TEST_PROGRAMS += $(CONFORMANCE)/topology_read
$(CONFORMANCE)/topology_read: $(CONFORMANCE)/topology_read.o $(CONFORMANCE)/topology_target.o \
		$(CONFORMANCE)/topology_place.o \
		$(call archives,probes)
	$(link) $(call libs,probes)
