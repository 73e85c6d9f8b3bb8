/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch verify DIR...: whether evidence packs are as they were made, follow each other, and are
 * those that the agent has on record.
 */
#include "audit_chain.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

struct verified {
	const char *folder;
	struct audit_chain chain;
};

struct verifying {
	struct cli *cli;
	const char *folder;
	bool is_bad;
};

static void
tell(void *arg, const char *words)
{
	struct verifying *verifying = arg;

	verifying->is_bad = true;
	out_printf(verifying->cli->out, "%s: %s\n", verifying->folder, words);
}

static int
check_one(struct verifying *verifying, struct verified *out)
{
	char problem[CHAIN_PROBLEM_SIZE] = "";
	int rc;

	verifying->folder = out->folder;
	rc = audit_pack_check(out->folder, tell, verifying, problem);
	if (rc >= 0)
		rc = audit_chain_read(out->folder, &out->chain, problem);
	if (rc == 0)
		return 0;
	cli_complain(verifying->cli, "%s", problem);
	return CLI_UNREADABLE;
}

static int
compare(const void *left, const void *right)
{
	const struct verified *a = left, *b = right;

	return a->chain.own.number < b->chain.own.number   ? -1
	       : a->chain.own.number > b->chain.own.number ? 1
							   : strcmp(a->folder, b->folder);
}

/* Each names the one before by its sum. */
static void
check_chain(struct verifying *verifying, const struct verified *packs, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const struct audit_chain *chain = &packs[i].chain, *before = &packs[i - 1].chain;

		verifying->folder = packs[i].folder;
		if (chain->own.number == before->own.number)
			tell(verifying, strcmp(chain->own.sha256, before->own.sha256) == 0
						? "the same pack twice"
						: "another pack of the same number is here");
		else if (chain->previous.number == before->own.number &&
			 strcmp(chain->previous.sha256, before->own.sha256) != 0)
			tell(verifying, "the pack before it is not the one that it was made after");
		else if (chain->previous.number != before->own.number)
			out_printf(verifying->cli->out,
				   "%s: follows pack %lld, which is not here\n", packs[i].folder,
				   (long long)chain->previous.number);
	}
}

/* With --record: what the agent noted when they were made. */
static int
check_record(struct verifying *verifying, const struct verified *packs, size_t count)
{
	int rc = cli_open_store(verifying->cli);

	for (size_t i = 0; i < count && rc == 0; i++) {
		struct audit_link link;

		verifying->folder = packs[i].folder;
		rc = audit_chain_record_of(verifying->cli, packs[i].chain.own.number, &link);
		if (rc == ERR_NOTFOUND) {
			tell(verifying, "the agent has no such pack on record");
			rc = 0;
		} else if (rc != 0) {
			rc = cli_reader_failed(verifying->cli, rc);
		} else if (strcmp(link.sha256, packs[i].chain.own.sha256) != 0) {
			tell(verifying, "is not the pack that the agent has on record");
		}
	}
	return rc;
}

int
cmd_verify_run(struct cli *cli)
{
	size_t count = cli->args.operands.count;
	struct verifying verifying = {.cli = cli};
	struct verified *packs = calloc(count, sizeof(*packs));
	int rc = packs == NULL ? CLI_UNREADABLE : 0;

	for (size_t i = 0; i < count && rc == 0; i++) {
		packs[i].folder = cli->args.operands.items[i];
		rc = check_one(&verifying, &packs[i]);
	}
	if (rc == 0) {
		qsort(packs, count, sizeof(*packs), compare);
		check_chain(&verifying, packs, count);
	}
	if (rc == 0 && args_has(&cli->args, ARG_RECORD))
		rc = check_record(&verifying, packs, count);
	for (size_t i = 0; i < count && rc == 0; i++)
		out_printf(cli->out, "%s: pack %lld, made %s, sha256 %s\n", packs[i].folder,
			   (long long)packs[i].chain.own.number, packs[i].chain.made,
			   packs[i].chain.own.sha256);
	if (rc == 0)
		out_puts(cli->out,
			 verifying.is_bad ? "NOT as they were made\n" : "as they were made\n");
	free(packs);
	return rc == 0 && verifying.is_bad ? CLI_BAD_NEWS : rc;
}
