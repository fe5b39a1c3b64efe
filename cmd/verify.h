// SPDX-License-Identifier: GPL-2.0-or-later
/** verify, for its two files. */
#ifndef VMTOOL_CMD_VERIFY_H
#define VMTOOL_CMD_VERIFY_H

#include "cmd.h"

struct verify {
	struct source src;
	struct view view;
	struct vmt_check_opts opts;
	struct vmt_report *report;
	/** Named by --check. */
	bool named[VMT_CHECKS_MAX];
	/** Of --text, or of the live kernel. */
	struct vmt_areas *text;
	bool verbose;
	double seconds;
};

/** For people: what was read, a line for each check, a sum, the findings. */
void verify_print(const struct verify *x);
/** The command that shows more of a finding; "" when there is none. */
void verify_next(const struct verify *x, const struct vmt_finding *f, char text[160]);
/** For people: what each check is. */
void verify_print_checks(const struct verify *x);

#endif
