/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Golden complaints: every tests/golden/conf/NAME.yaml says exactly what NAME.expected holds, words
 * and positions. Run from the root of the source.
 */
#include "temp_dir.h"

#include "keepwatch/conf.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <glob.h>

enum { TEXT_MAX = 1 << 20 };

static const struct {
	const char *name, *text;
	mode_t mode;
} secrets[] = {
	{"secrets/cams", "geheim", 0600},  {"secrets/long", "geheim123", 0640},
	{"secrets/short", "geheim", 0600}, {"secrets/open", "geheim123", 0644},
	{"secrets/empty", "", 0600},
};

/* A whole file; NULL if there is none. */
static char *
slurp(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text;
	size_t len;

	if (in == NULL)
		return NULL;
	text = malloc(TEXT_MAX);
	assert_non_null(text);
	len = fread(text, 1, TEXT_MAX - 1, in);
	text[len] = '\0';
	fclose(in);
	return text;
}

static void
spill(const char *path, const void *bytes, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
copy(const char *from, const char *to)
{
	static char bytes[TEXT_MAX];
	FILE *in = fopen(from, "re");
	size_t len;

	assert_non_null(in);
	len = fread(bytes, 1, sizeof(bytes), in);
	fclose(in);
	spill(to, bytes, len, 0644);
}

/* What loading a file says; malloc. */
static char *
load(const char *path)
{
	struct conf_problems problems = {0};
	struct conf *conf = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int rc = conf_load(&conf, path, NULL, &problems);

	assert_non_null(out);
	assert_true(rc == 0 || rc == ERR_SYNTAX);
	assert_true((rc == 0) == (problems.count == 0));
	assert_true((rc == 0) == (conf != NULL));
	conf_problems_print(&problems, out);
	if (rc == 0)
		fprintf(out, "ok\n");
	fclose(out);
	conf_problems_fini(&problems);
	conf_free(conf);
	return text;
}

/* One case; whether it said what was expected. The working directory holds the copies. */
static int
check(const char *golden, const char *path, int update)
{
	const char *name = strrchr(path, '/') + 1;
	char *said = load(name), *wanted;
	char expected[600];
	int same;

	snprintf(expected, sizeof(expected), "%s/%.*s.expected", golden, (int)strlen(name) - 5,
		 name);
	if (update)
		spill(expected, said, strlen(said), 0644);
	wanted = slurp(expected);
	same = wanted != NULL && strcmp(said, wanted) == 0;
	if (!same)
		print_error("%s said:\n%s--- instead of:\n%s---\n", name, said,
			    wanted != NULL ? wanted : "");
	free(said);
	free(wanted);
	return same;
}

static void
complaints_are_as_written_down(void **state)
{
	char here[400], golden[480], pattern[500], dir[] = "/tmp/keepwatch-golden.XXXXXX";
	const char *endings[] = {"*.yaml", "*.csv", "*.policy"};
	int update = getenv("GOLDEN_UPDATE") != NULL, wrong = 0;
	glob_t found = {0};

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(golden, sizeof(golden), "%s/tests/golden/conf", here);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mkdir("secrets", 0700), 0);
	for (size_t i = 0; i < MEM_COUNT(secrets); i++)
		spill(secrets[i].name, secrets[i].text, strlen(secrets[i].text), secrets[i].mode);
	for (size_t i = MEM_COUNT(endings); i-- > 0;) {
		snprintf(pattern, sizeof(pattern), "%s/%s", golden, endings[i]);
		globfree(&found);
		assert_int_equal(glob(pattern, 0, NULL, &found), 0);
		for (size_t f = 0; f < found.gl_pathc; f++)
			copy(found.gl_pathv[f], strrchr(found.gl_pathv[f], '/') + 1);
	}
	assert_true(found.gl_pathc > 10);
	for (size_t f = 0; f < found.gl_pathc; f++)
		wrong += !check(golden, found.gl_pathv[f], update);
	globfree(&found);
	assert_int_equal(chdir(here), 0);
	temp_dir_remove(dir);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(complaints_are_as_written_down),
	};

	unsetenv("CREDENTIALS_DIRECTORY");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
