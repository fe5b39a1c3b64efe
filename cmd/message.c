// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages: one clear line on stderr, escaped; and the end of stdout. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "cmd.h"

const char *esc(struct esc *buf, struct vmt_str s)
{
	vmt_out_escape(buf->text, sizeof(buf->text), s);
	return buf->text;
}

/* Lines after the first say what to do; they are indented under it. */
static void put_lines(const char *text)
{
	struct vmt_str rest = vmt_str(text);
	bool first = true;

	while (rest.n) {
		const char *nl = memchr(rest.p, '\n', rest.n);
		size_t n = nl ? (size_t)(nl - rest.p) : rest.n;

		(void)fprintf(stderr, "%s%s\n", first ? "vmtool: " : "        ",
			      ESC(((struct vmt_str){rest.p, n})));
		first = false;
		rest.p += n + (nl != NULL);
		rest.n -= n + (nl != NULL);
	}
}

void message(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_lines(text);
}

void say(const char *head, const char *fmt, ...)
{
	char text[1024];
	size_t indent = strlen(head), at = indent;
	struct vmt_str rest, word;
	bool first = true;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	rest = vmt_str(text);
	(void)fputs(head, stdout);
	while ((word = vmt_str_word(&rest)).n) {
		if (!first && at + 1 + word.n > PROSE_WIDTH) {
			(void)printf("\n%*s", (int)indent, "");
			at = indent;
			first = true;
		}
		(void)printf("%s%.*s", first ? "" : " ", (int)word.n, word.p);
		at += word.n + (first ? 0 : 1);
		first = false;
	}
	(void)putchar('\n');
}

int complain(const struct vmt_err *err)
{
	put_lines(err->text);
	return EXIT_NO_ANSWER;
}

int complain_nomem(void)
{
	message("out of memory");
	return EXIT_NO_ANSWER;
}

int usage_error(const struct cmd *cmd, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (cmd)
		(void)fprintf(stderr, "vmtool %s: %s\nTry 'vmtool %s --help'.\n", cmd->name,
			      ESC(vmt_str(text)), cmd->name);
	else
		(void)fprintf(stderr, "vmtool: %s\nTry 'vmtool --help'.\n", ESC(vmt_str(text)));
	return EXIT_USAGE;
}

int finish_stdout(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout) && fclose(stdout) == 0)
		return code;
	if (errno != EPIPE)
		message("standard output: %s", strerror(errno));
	return errno == EPIPE ? code : EXIT_NO_ANSWER;
}
