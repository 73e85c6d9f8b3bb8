/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ids of LLDP: bytes whose meaning is in a subtype (IEEE 802.1AB-2009 sections 8.5.2 and 8.5.3).
 * Agents write MACs as text, texts under the subtype of MACs, and pad with NULs.
 */
#include "view_lldp.h"

#include "keepwatch/buf.h"

#include <string.h>

enum { FAMILY_IPV4 = 1, FAMILY_IPV6 = 2 }; /* IANA AddressFamilyNumbers */

void
lldp_id_set(struct lldp_id *id, const struct varbind *vb)
{
	id->len = vb->bytes_len < sizeof(id->bytes) ? (uint8_t)vb->bytes_len : sizeof(id->bytes);
	if (id->len > 0)
		memcpy(id->bytes, vb->bytes, id->len);
}

bool
lldp_network_address(const uint8_t *bytes, size_t len, struct ipaddr *out)
{
	struct ipaddr address = {0};

	if ((len == 5 && bytes[0] == FAMILY_IPV4) || (len == 17 && bytes[0] == FAMILY_IPV6)) {
		bytes++;
		len--;
	} else if (len != 4) {
		return false;
	}
	address.family = len == 4 ? 4 : 6;
	memcpy(address.bytes, bytes, len);
	*out = address;
	return true;
}

int
lldp_address_rank(const struct ipaddr *address)
{
	const uint8_t *b = address->bytes;

	if (address->family == 4) {
		if (b[0] == 0 || b[0] == 127 || b[0] >= 224)
			return 0;
		return b[0] == 169 && b[1] == 254 ? 2 : 4;
	}
	if (address->family == 6) {
		static const uint8_t none[15];

		if (b[0] == 0xff || (memcmp(b, none, 15) == 0 && b[15] <= 1))
			return 0;
		return b[0] == 0xfe && (b[1] & 0xc0) == 0x80 ? 1 : 3;
	}
	return 0;
}

static bool
id_is_text(const struct lldp_id *id)
{
	size_t len = id->len;

	while (len > 0 && id->bytes[len - 1] == 0)
		len--;
	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence((const char *)id->bytes + i, len - i);

		/* The last sequence may have been cut by the agent or by us. */
		if (n == 0 && len - i < 4 && len > 8 && id->bytes[i] >= 0xc2)
			return true;
		if (n == 0 || (n == 1 && (id->bytes[i] < '\t' || id->bytes[i] == 0x7f ||
					  (id->bytes[i] > '\r' && id->bytes[i] < ' '))))
			return false;
		i += n;
	}
	return len > 0;
}

static void
id_hex(const struct lldp_id *id, char *out, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t used = 0;

	for (size_t i = 0; i < id->len && used + 3 < size; i++) {
		if (i > 0)
			out[used++] = ':';
		out[used++] = digits[id->bytes[i] >> 4];
		out[used++] = digits[id->bytes[i] & 15];
		if (used + 4 > size)
			break;
	}
	out[used] = '\0';
}

/*
 * is_mac, is_address: what the subtype says; is_open: that it does not say. Six bytes are a MAC
 * under the subtype of one, or where they are no text.
 */
static void
id_text(const struct lldp_id *id, bool is_mac, bool is_address, char *out, size_t size,
	mac_addr *mac, struct ipaddr *address)
{
	bool is_text = id_is_text(id);
	mac_addr found = MAC_NONE;
	char text[MAC_TEXT_SIZE];

	if (is_address && lldp_network_address(id->bytes, id->len, address)) {
		ipaddr_format(address, out, size);
		return;
	}
	if (id->len == MAC_BYTES && (is_mac || !is_text)) {
		found = mac_from_bytes(id->bytes);
	} else if (is_text && id->len != MAC_BYTES) {
		view_mac_bytes(id->bytes, id->len, &found);
	}
	if (found != MAC_NONE) {
		if (mac_is_station(found))
			*mac = found;
		view_clean((const uint8_t *)mac_format(found, text), MAC_TEXT_SIZE - 1, out, size);
		return;
	}
	if (is_text)
		view_clean(id->bytes, id->len, out, size);
	else
		id_hex(id, out, size);
}

void
lldp_chassis_text(const struct lldp_id *id, char *out, size_t size, mac_addr *mac,
		  struct ipaddr *address)
{
	id_text(id, id->subtype == LLDP_CHASSIS_MAC, id->subtype == LLDP_CHASSIS_ADDRESS, out, size,
		mac, address);
}

void
lldp_port_text(const struct lldp_id *id, char *out, size_t size, mac_addr *mac)
{
	struct ipaddr address;

	id_text(id, id->subtype == LLDP_PORT_MAC, id->subtype == LLDP_PORT_ADDRESS, out, size, mac,
		&address);
}
