// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * callers NAMES COUNT <CODE: return addresses in a vmlinux, as /proc/vmallocinfo would print them.
 *
 * NAMES is what `nm -n` says of it, CODE what `objdump -d --no-show-raw-insn` does.  Calls of the
 * vmalloc family come first, an even choice among all of them; what is missing to COUNT are other
 * calls.  One line each, by address:
 *   FUNCTION+0xOFFSET/0xSIZE 0xPC
 * where PC is the return address minus one.  No clock and no random number: the same vmlinux gives
 * the same lines.
 */
#include <ctype.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct symbol {
	uint64_t va;
	char *name;
	/* Of code, alone at its address and alone of its name: what is printed is one place. */
	bool text, sole;
};

struct calls {
	uint64_t *vas; /* return addresses */
	size_t n, cap;
};

/* Without leading underscores and _noprof. */
static const char *const family[] = {
	"vmalloc*",   "vzalloc*",  "vcalloc*", "kvmalloc*", "kvzalloc*", "kvcalloc*",
	"kvrealloc*", "vrealloc*", "ioremap*", "memremap*", "vmap",
};
/* What begins so and allocates nothing. */
static const char *const strangers[] = {"vmalloc_to_*", "vmalloc_dump*", "vmalloc_sync*"};

static struct symbol *symbols;
static size_t n_symbols, cap_symbols;

static void die(const char *what)
{
	(void)fprintf(stderr, "callers: %s\n", what);
	exit(1);
}

static void *grow(void *p, size_t *cap, size_t size)
{
	*cap = *cap ? *cap * 2 : 65536;
	p = realloc(p, *cap * size);
	if (!p)
		die("out of memory");
	return p;
}

static int by_name(const void *pa, const void *pb)
{
	const struct symbol *const *a = pa, *const *b = pb;

	return strcmp((*a)->name, (*b)->name);
}

/* What is sole by address is sole by name too, or it is not. */
static void check_names(void)
{
	struct symbol **sorted = malloc((n_symbols + 1) * sizeof(struct symbol *));

	if (!sorted)
		die("out of memory");
	for (size_t i = 0; i < n_symbols; i++)
		sorted[i] = &symbols[i];
	qsort(sorted, n_symbols, sizeof(struct symbol *), by_name);
	for (size_t i = 1; i < n_symbols; i++) {
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
			sorted[i - 1]->sole = sorted[i]->sole = false;
	}
	free(sorted);
}

static void load(const char *path)
{
	FILE *fp = fopen(path, "r");
	char line[1024], name[512], type;
	uint64_t va;

	if (!fp)
		die("the names cannot be opened");
	while (fgets(line, sizeof(line), fp)) {
		if (sscanf(line, "%" SCNx64 " %c %511s", &va, &type, name) != 3)
			continue;
		if (n_symbols == cap_symbols)
			symbols = grow(symbols, &cap_symbols, sizeof(*symbols));
		symbols[n_symbols] =
			(struct symbol){va, strdup(name), strchr("tTwW", type) != NULL, true};
		if (!symbols[n_symbols].name)
			die("out of memory");
		if (n_symbols && symbols[n_symbols - 1].va == va)
			symbols[n_symbols - 1].sole = symbols[n_symbols].sole = false;
		n_symbols++;
	}
	(void)fclose(fp);
	if (!n_symbols)
		die("there are no names");
	check_names();
}

/* The symbol that a return address would be printed by; NULL when that would not be one place. */
static const struct symbol *symbol_of(uint64_t va)
{
	size_t low = 0, high = n_symbols;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (symbols[mid].va < va)
			low = mid + 1;
		else
			high = mid;
	}
	/* Before @low all are below @va; one that begins at @va would get its name. */
	if (!low || low == n_symbols || symbols[low].va == va || !symbols[low - 1].text ||
	    !symbols[low - 1].sole)
		return NULL;
	return &symbols[low - 1];
}

static bool matches(const char *const *globs, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (fnmatch(globs[i], name, 0) == 0)
			return true;
	}
	return false;
}

static bool is_family(char *name)
{
	size_t n;

	while (*name == '_')
		name++;
	n = strlen(name);
	if (n > 7 && strcmp(name + n - 7, "_noprof") == 0)
		name[n - 7] = 0;
	return matches(family, sizeof(family) / sizeof(family[0]), name) &&
	       !matches(strangers, sizeof(strangers) / sizeof(strangers[0]), name);
}

static void note(struct calls *calls, uint64_t va)
{
	if (calls->n == calls->cap)
		calls->vas = grow(calls->vas, &calls->cap, sizeof(*calls->vas));
	calls->vas[calls->n++] = va;
}

/* `ADDRESS:\tcall   ADDRESS <NAME>`, or bl; the next line's address is the return address. */
static void read_code(struct calls *wanted, struct calls *others)
{
	char line[1024], callee[512] = "", *end;

	while (fgets(line, sizeof(line), stdin)) {
		uint64_t va = strtoull(line, &end, 16);
		bool code = end > line && strncmp(end, ":\t", 2) == 0;

		if (code && callee[0] && strncmp(callee, "__fentry__", 10) != 0 && symbol_of(va))
			note(is_family(callee) ? wanted : others, va);
		if (!code || sscanf(end + 2, "%*[cabl] %*[0-9a-f] <%511[^>+]>", callee) != 1 ||
		    (strncmp(end + 2, "call", 4) != 0 && strncmp(end + 2, "bl\t", 3) != 0))
			callee[0] = 0;
	}
}

static int by_va(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* @n of @from, evenly. */
static void choose(struct calls *chosen, const struct calls *from, size_t n)
{
	for (size_t i = 0; i < n && i < from->n; i++)
		note(chosen, from->vas[n < from->n ? i * from->n / n : i]);
}

int main(int argc, char **argv)
{
	size_t count = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
	struct calls wanted = {0}, others = {0}, chosen = {0};

	if (!count) {
		(void)fputs("usage: callers NAMES COUNT <CODE\n", stderr);
		return 2;
	}
	load(argv[1]);
	read_code(&wanted, &others);
	choose(&chosen, &wanted, count);
	choose(&chosen, &others, count - chosen.n);
	if (chosen.n < count)
		die("too few calls in the code");
	qsort(chosen.vas, chosen.n, sizeof(*chosen.vas), by_va);
	for (size_t i = 0; i < chosen.n; i++) {
		const struct symbol *s = symbol_of(chosen.vas[i]);
		uint64_t size = s[1].va - s->va;

		(void)printf("%s+0x%" PRIx64 "/0x%" PRIx64 " 0x%" PRIx64 "\n", s->name,
			     chosen.vas[i] - s->va, size, chosen.vas[i] - 1);
	}
	(void)fprintf(stderr, "%zu of the vmalloc family, %zu chosen\n", wanted.n, chosen.n);
	return fflush(stdout) == 0 ? 0 : 1;
}
