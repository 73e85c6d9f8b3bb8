/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the table of probe options cannot say: the syntax of some texts, and which go together.
 */
#ifndef CONF_OPTION_CHECK_H
#define CONF_OPTION_CHECK_H

#include "table.h"

/* The syntax of one option, if it is a text of some syntax. */
void option_check_text(struct reader *reader, enum option_id option, const struct knob *knob);

/* What goes together: options has OPTION_COUNT values, those of the probe in force; complains of
 * what is given wrong. */
void options_check(struct reader *reader, enum probe_id probe, const struct knob *options);

#endif
