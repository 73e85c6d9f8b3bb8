/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Serial numbers that devices tell: another one under the same address is another device. Switches
 * say so by their chassis (view.c).
 */
#include "topo_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_LENGTH = 4 };

/* Nothing is known by "0000000" or "N/A". */
static bool
is_serial(const char *serial)
{
	size_t length = strlen(serial);

	return length >= LEAST_LENGTH && strspn(serial, "0 -.:xX") < length &&
	       strpbrk(serial, "0123456789") != NULL;
}

static int
text_set(char **slot, const char *text)
{
	char *copy = text != NULL ? mem_strdup(text) : NULL;

	if (text != NULL && copy == NULL)
		return ERR_NOMEM;
	free(*slot);
	*slot = copy;
	return 0;
}

/* One replacement is told once, by whatever shows it first. */
int
topo_replaced_tell(struct topo *topo, struct device_state *dev, const char *from, const char *to,
		   const char *detail, int64_t at_ms)
{
	bool is_told = dev->replaced_ms != 0 && at_ms - dev->replaced_ms < HOUR_MS;
	struct topo_event *event;
	struct words words;

	dev->replaced_ms = at_ms;
	if (is_told)
		return 0;
	event = topo_event_add(topo, TOPO_EVENT_REPLACED, dev->id, at_ms);
	if (event == NULL)
		return ERR_NOMEM;
	words = words_open(event->from, sizeof(event->from));
	words_add(&words, from);
	words = words_open(event->to, sizeof(event->to));
	words_add(&words, to);
	words = words_open(event->detail, sizeof(event->detail));
	words_add(&words, detail);
	return 0;
}

static int
serial_changed(struct topo *topo, struct device_state *dev, const char *serial, int64_t at_ms)
{
	char from[VIEW_LONG_TEXT], to[VIEW_LONG_TEXT];
	struct words words = words_open(from, sizeof(from));
	int err;

	words_add(&words, "serial ");
	words_add(&words, dev->serial);
	words = words_open(to, sizeof(to));
	words_add(&words, "serial ");
	words_add(&words, serial);
	if (dev->place.node != NONE32) {
		words_add(&words, " at ");
		words_place(&words, topo, dev->place);
	}
	err = topo_replaced_tell(topo, dev, from, to, "another serial number at the same address",
				 at_ms);
	if (err == 0)
		err = text_set(&dev->serial, serial);
	return err == 0 ? text_set(&dev->serial_doubt, NULL) : err;
}

/* It was dark in between, as it must be to be replaced, or it has told so twice. */
int
topo_serial_put(struct topo *topo, uint32_t id, const char *serial, int64_t at_ms)
{
	struct device_state *dev = topo_dev_by_id(topo, id);
	bool was_dark, is_again;

	if (dev == NULL)
		return ERR_NOTFOUND;
	if (serial == NULL || !is_serial(serial))
		return 0;
	if (dev->serial == NULL || strcmp(dev->serial, serial) == 0) {
		dev->serial_ms = at_ms;
		if (text_set(&dev->serial_doubt, NULL) != 0)
			return ERR_NOMEM;
		return dev->serial == NULL ? text_set(&dev->serial, serial) : 0;
	}
	was_dark = dev->dark_ms > dev->serial_ms;
	is_again = dev->serial_doubt != NULL && strcmp(dev->serial_doubt, serial) == 0;
	if (dev->node == NONE32 && (was_dark || (is_again && at_ms > dev->serial_ms)))
		return serial_changed(topo, dev, serial, at_ms);
	dev->serial_ms = at_ms;
	return text_set(&dev->serial_doubt, serial);
}
