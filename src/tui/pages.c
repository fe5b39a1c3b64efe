// SPDX-License-Identifier: GPL-2.0-or-later
/* Pages of lines: the help screen, and what they are kept in. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tui_priv.h"

void vmt_page_add(struct vmt_page *page, const char *fmt, ...)
{
	va_list ap;

	if (vmt_grow(&page->lines, &page->cap, page->n + 1, sizeof(*page->lines)) != VMT_OK)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(page->lines[page->n++], KEY_MAX, fmt, ap);
	va_end(ap);
}

void vmt_page_free(struct vmt_page *page)
{
	free(page->lines);
	memset(page, 0, sizeof(*page));
}

void vmt_page_help(struct vmt_page *page, const struct vmt_tui *ui)
{
	const char *names, *help;

	vmt_page_add(page, "=Keys");
	for (size_t i = 0; vmt_tui_key_help(i, &names, &help); i++)
		vmt_page_add(page, "  %-11s %s", names, help);
	vmt_page_add(page, "  %-11s %s", "mouse", "wheel scrolls; click a heading, a view, a row");
	vmt_page_add(page, "%s", "");
	vmt_page_add(page, "=Columns");
	vmt_page_add(page,
		     "  RAM         pages= of vmalloc lines; SIZE: address space, guards, too");
	vmt_page_add(page, "  SINCE BASE  change of RAM, where there is none of SIZE, since b or");
	vmt_page_add(page, "              the start");
	vmt_page_add(page, "  /s          the same per second, mean of the last minute");
	vmt_page_add(page, "  LAST ...    its course, from the least to the most it was");
	vmt_page_add(page, "%s", "");
	vmt_page_add(page, "=Map");
	for (unsigned k = 0; k < VMT_KIND_COUNT; k++)
		vmt_page_add(page, "  %c           %-12s  %s", vmt_kind_letter((enum vmt_kind)k),
			     vmt_kind_name((enum vmt_kind)k), vmt_kind_note((enum vmt_kind)k));
	vmt_page_add(page, "  %s           hole; a small letter: less than half of the cell",
		     ui->utf8 ? "·" : ".");
}
