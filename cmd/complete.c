// SPDX-License-Identifier: GPL-2.0-or-later
/* Completion scripts, from the tables of commands and options. */
#include <string.h>

#include "cmd.h"

typedef void per_option(const struct cmd *cmd, const struct cmd_opt *o);

static void each_option(const struct cmd *cmd, per_option *fn)
{
	for (size_t i = 0; i < cmd_opts_count(cmd); i++)
		fn(cmd, cmd_opts_at(cmd, i));
}

static bool is_one_of(const char *values, const char *word)
{
	return values && strcmp(values, word) == 0;
}

static bool has_words(const struct cmd_opt *o)
{
	return o->values && !is_one_of(o->values, "FILE") && !is_one_of(o->values, "DIR") &&
	       !is_one_of(o->values, "COLUMNS");
}

static void print_columns(const struct cmd *cmd, const char *between)
{
	for (size_t i = 0; i < cmd_cols_count(cmd); i++)
		(void)printf("%s%s", i ? between : "", cmd_cols_at(cmd, i)->name);
}

/* ---- bash ---- */

static void bash_name(const struct cmd *cmd, const struct cmd_opt *o)
{
	(void)cmd;
	if (o->letter)
		(void)printf("-%c ", o->letter);
	(void)printf("--%s ", o->name);
}

static void bash_value(const struct cmd *cmd, const struct cmd_opt *o)
{
	if (!o->arg)
		return;
	(void)printf("\t\t%s:", cmd->name);
	if (o->letter)
		(void)printf("-%c|%s:", o->letter, cmd->name);
	(void)printf("--%s)\n\t\t\t", o->name);
	if (is_one_of(o->values, "DIR")) {
		(void)fputs("COMPREPLY=($(compgen -d -- \"$cur\"))", stdout);
	} else if (is_one_of(o->values, "COLUMNS")) {
		(void)fputs("COMPREPLY=($(compgen -W \"", stdout);
		print_columns(cmd, " ");
		(void)fputs("\" -- \"$cur\"))", stdout);
	} else if (has_words(o)) {
		(void)printf("COMPREPLY=($(compgen -W \"%s\" -- \"$cur\"))", o->values);
	} else if (is_one_of(o->values, "FILE")) {
		(void)fputs("COMPREPLY=($(compgen -f -- \"$cur\"))", stdout);
	} else {
		(void)fputs("COMPREPLY=()", stdout);
	}
	(void)fputs("\n\t\t\treturn ;;\n", stdout);
}

static void print_bash(void)
{
	(void)fputs("# bash completion for vmtool; made by `make completions`\n\n"
		    "_vmtool()\n{\n"
		    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
		    "\tlocal cmd=${COMP_WORDS[1]} opts=\n\n"
		    "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tCOMPREPLY=($(compgen -W \"",
		    stdout);
	for (size_t i = 0; i < cmd_count; i++)
		(void)printf("%s ", cmd_table[i]->name);
	(void)fputs("--help --version\" -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase $cmd:$prev in\n",
		    stdout);
	for (size_t i = 0; i < cmd_count; i++)
		each_option(cmd_table[i], bash_value);
	(void)fputs("\tesac\n\tcase $cmd in\n", stdout);
	for (size_t i = 0; i < cmd_count; i++) {
		(void)printf("\t\t%s) opts=\"", cmd_table[i]->name);
		each_option(cmd_table[i], bash_name);
		(void)fputs("\" ;;\n", stdout);
	}
	(void)fputs("\tesac\n\tcase $cur in\n"
		    "\t\t-*) COMPREPLY=($(compgen -W \"$opts\" -- \"$cur\")) ;;\n"
		    "\t\t*) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
		    "\tesac\n}\n\ncomplete -o filenames -F _vmtool vmtool\n",
		    stdout);
}

/* ---- zsh ---- */

/* Inside single quotes and brackets of _arguments. */
static void zsh_text(const char *s)
{
	for (; *s; s++) {
		if (*s == '\'')
			(void)fputs("'\\''", stdout);
		else if (*s == '[' || *s == ']' || *s == ':')
			(void)printf("\\%c", *s);
		else
			(void)putchar(*s);
	}
}

static void zsh_option(const struct cmd *cmd, const struct cmd_opt *o)
{
	if (o->letter)
		(void)printf("\t\t\t\t'(-%c --%s)'{-%c,--%s}'[", o->letter, o->name, o->letter,
			     o->name);
	else
		(void)printf("\t\t\t\t'--%s[", o->name);
	zsh_text(o->help);
	(void)putchar(']');
	if (o->arg) {
		(void)printf(":%s:", o->arg);
		if (is_one_of(o->values, "FILE")) {
			(void)fputs("_files", stdout);
		} else if (is_one_of(o->values, "DIR")) {
			(void)fputs("_files -/", stdout);
		} else if (is_one_of(o->values, "COLUMNS")) {
			(void)fputs("_values -s , column ", stdout);
			print_columns(cmd, " ");
		} else if (has_words(o)) {
			(void)printf("(%s)", o->values);
		}
	}
	(void)fputs("' \\\n", stdout);
}

static void print_zsh(void)
{
	(void)fputs("#compdef vmtool\n# zsh completion for vmtool; made by `make completions`\n\n"
		    "_vmtool()\n{\n\tlocal line state\n\n"
		    "\t_arguments -C '1:command:->command' '*::operand:->operand'\n"
		    "\tcase $state in\n\tcommand)\n\t\t_values 'command' \\\n",
		    stdout);
	for (size_t i = 0; i < cmd_count; i++) {
		(void)printf("\t\t\t'%s[", cmd_table[i]->name);
		zsh_text(cmd_table[i]->summary);
		(void)printf("]'%s\n", i + 1 < cmd_count ? " \\" : "");
	}
	(void)fputs("\t\t;;\n\toperand)\n\t\tcase $line[1] in\n", stdout);
	for (size_t i = 0; i < cmd_count; i++) {
		(void)printf("\t\t%s)\n\t\t\t_arguments -s -S \\\n", cmd_table[i]->name);
		each_option(cmd_table[i], zsh_option);
		(void)fputs("\t\t\t\t'*:file:_files'\n\t\t\t;;\n", stdout);
	}
	(void)fputs("\t\tesac\n\t\t;;\n\tesac\n}\n\n_vmtool \"$@\"\n", stdout);
}

/* ---- fish ---- */

static void fish_text(const char *s)
{
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			(void)putchar('\\');
		(void)putchar(*s);
	}
}

static void fish_option(const struct cmd *cmd, const struct cmd_opt *o)
{
	(void)printf("complete -c vmtool -n '__fish_seen_subcommand_from %s'", cmd->name);
	if (o->letter)
		(void)printf(" -s %c", o->letter);
	(void)printf(" -l %s", o->name);
	if (o->arg && is_one_of(o->values, "FILE")) {
		(void)fputs(" -r -F", stdout);
	} else if (o->arg && is_one_of(o->values, "DIR")) {
		(void)fputs(" -x -a '(__fish_complete_directories)'", stdout);
	} else if (o->arg && is_one_of(o->values, "COLUMNS")) {
		(void)fputs(" -x -a '", stdout);
		print_columns(cmd, " ");
		(void)putchar('\'');
	} else if (o->arg) {
		(void)printf(" -x%s%s%s", has_words(o) ? " -a '" : "",
			     has_words(o) ? o->values : "", has_words(o) ? "'" : "");
	}
	(void)fputs(" -d '", stdout);
	fish_text(o->help);
	(void)fputs("'\n", stdout);
}

static void print_fish(void)
{
	(void)fputs("# fish completion for vmtool; made by `make completions`\n\n", stdout);
	for (size_t i = 0; i < cmd_count; i++) {
		(void)printf("complete -c vmtool -f -n __fish_use_subcommand -a %s -d '",
			     cmd_table[i]->name);
		fish_text(cmd_table[i]->summary);
		(void)fputs("'\n", stdout);
	}
	for (size_t i = 0; i < cmd_count; i++) {
		each_option(cmd_table[i], fish_option);
		(void)printf("complete -c vmtool -n '__fish_seen_subcommand_from %s' -F\n",
			     cmd_table[i]->name);
	}
}

int complete_print(const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		print_bash();
	else if (strcmp(shell, "zsh") == 0)
		print_zsh();
	else if (strcmp(shell, "fish") == 0)
		print_fish();
	else
		return usage_error(NULL, "--completions is bash, zsh or fish, not '%s'", shell);
	return EXIT_ANSWERED;
}
