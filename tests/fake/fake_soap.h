/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between the files that have the operations of the simulated device's SOAP side.
 */
#ifndef KEEPWATCH_TESTS_FAKE_SOAP_H
#define KEEPWATCH_TESTS_FAKE_SOAP_H

#include "fake.h"

#include "soapH.h"

struct fake_request *fake_soap_request(struct soap *soap);
/* What all operations begin with: notes the name, checks the login. SOAP_OK or the fault. */
int fake_soap_begin(struct soap *soap, const char *operation);
int fake_soap_not_served(struct soap *soap);
void *fake_soap_zeroed(struct soap *soap, size_t size);

#define NEW(soap, type)	    ((type *)fake_soap_zeroed(soap, sizeof(type)))
#define NEWS(soap, type, n) ((type *)fake_soap_zeroed(soap, (n) * sizeof(type)))

#endif
