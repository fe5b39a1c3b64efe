// SPDX-License-Identifier: GPL-2.0-or-later
/** text, for itself: the memo of the reader. */
#ifndef VMTOOL_TEXT_PRIV_H
#define VMTOOL_TEXT_PRIV_H

#include "vmtool/text.h"

/** The longest text after the addresses that is remembered, newline included. */
#define VMT_MEMO_TEXT  128
#define VMT_MEMO_SLOTS 256
/** How far behind a line's newline vmt_memo_line may look. */
#define VMT_MEMO_SLACK (40 + VMT_MEMO_TEXT)

/**
 * Lines seen before.  Beside its addresses, nearly every line of a vmallocinfo says what an earlier
 * one has said: same size, caller, pages, words.  Then only the addresses have to be read.
 */
struct vmt_memo {
	uint32_t twins; /* numbers given out */
	uint32_t used;	/* slots in use: the first of all, so that few pages are touched */
	/** By hash: number of the slot + 1; 0: none. */
	uint16_t slot_of[VMT_MEMO_SLOTS];
	struct vmt_memo_slot {
		uint32_t n; /* bytes of text */
		/** As parsed; its strings lie in text. */
		struct vmt_area area;
		char text[VMT_MEMO_TEXT];
	} slots[VMT_MEMO_SLOTS];
};

/** As vmt_line_fast, remembering; VMT_MEMO_SLACK bytes behind @end must be readable. */
const char *vmt_memo_line(struct vmt_memo *memo, const char *p, const char *end,
			  struct vmt_area *area);

#endif
