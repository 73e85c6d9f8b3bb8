# SPDX-License-Identifier: GPL-3.0-or-later
# The simulated devices: soapcpp2's server code from the interface header that the codec uses too.
FAKE_OBJS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/fake/*.c)) \
	$(GEN)/onvif-server/soapC.o $(GEN)/onvif-server/soapServer.o
TEST_PROGRAMS += $(BUILD)/tests/fake/fake_onvif
$(BUILD)/tests/fake/%.o: CPPFLAGS += $(GSOAP_CPPFLAGS) -isystem $(GEN)/onvif-server
$(filter $(BUILD)/tests/fake/%,$(FAKE_OBJS)): | $(GEN)/onvif-server/.stamp
$(GEN)/onvif-server/%.o: $(GEN)/onvif-server/.stamp
	$(CC) -std=gnu11 $(OPT) $(SANITIZE) $(GSOAP_CPPFLAGS) -w -fPIE -I$(GEN)/onvif-server -c -o $@ $(@:.o=.c)
$(BUILD)/tests/fake/fake_onvif: $(FAKE_OBJS)
	$(link) -lgsoap -lssl -lcrypto -lpthread
