/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between the files that read ONVIF replies: each takes the response element and fills its member
 * of the reply. False means that what the operation must answer is not there.
 */
#ifndef CODEC_ONVIF_READ_H
#define CODEC_ONVIF_READ_H

#include "soap_read.h"

bool onvif_read_time(struct soap_reader *reader, xmlNode *response, struct onvif_time *out);
bool onvif_read_interfaces(struct soap_reader *reader, xmlNode *response,
			   struct onvif_interfaces *out);
bool onvif_read_doors(struct soap_reader *reader, xmlNode *response, struct onvif_doors *out);
bool onvif_read_door_state(struct soap_reader *reader, xmlNode *response,
			   struct onvif_door_state *out);
bool onvif_read_access_points(struct soap_reader *reader, xmlNode *response,
			      struct onvif_access_points *out);

bool onvif_read_users(struct soap_reader *reader, xmlNode *response, struct onvif_users *out);
bool onvif_read_discovery(struct soap_reader *reader, xmlNode *response,
			  enum onvif_discovery_mode *out);
bool onvif_read_ntp(struct soap_reader *reader, xmlNode *response, struct onvif_ntp *out);

/*
 * Zeroed array for the children of that name, counted and cut at ONVIF_LIST_MAX. *count is 0 when
 * there are none or memory is out.
 */
void *onvif_list(struct soap_reader *reader, xmlNode *parent, const char *local, size_t size,
		 size_t *count);

#endif
