// SPDX-License-Identifier: GPL-2.0-or-later
/** What checks have said so far. */
#ifndef VMTOOL_CHECK_REPORT_H
#define VMTOOL_CHECK_REPORT_H

#include "check_priv.h"

struct vmt_report {
	struct vmt_verdict verdicts[VMT_CHECKS_MAX];
	struct vmt_finding *findings;
	size_t n_findings, cap_findings;
	struct vmt_unknown *unknowns;
	size_t n_unknowns, cap_unknowns;
	size_t kept_unknown[VMT_CHECKS_MAX];
	/** What is counted and not kept is written here. */
	struct vmt_finding spare;
	/** What is unknown is so at this moment only. */
	bool passing[VMT_CHECKS_MAX];
	/** Suspects that were gone when they were looked at again. */
	size_t gone;
	/** Memory ran out while something was said. */
	enum vmt_rc nomem;
};

struct vmt_report *report_new(const struct vmt_check_opts *opts);
/** Drop what a check has found. */
void report_drop(struct vmt_report *r, size_t check);
/** Of findings keep those that @other has too. */
void report_keep(struct vmt_report *r, const struct vmt_report *other);
/** What @other says of a check is said instead. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc report_take(struct vmt_report *r, const struct vmt_report *other, size_t check);
/** It compared anything. */
bool has_looked(const struct vmt_verdict *v);
/** Results and order. */
void report_finish(struct vmt_report *r);
/** Name the threads whose stacks findings are about. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc report_name(struct vmt_report *r, struct vmt_kern *kern);

#endif
