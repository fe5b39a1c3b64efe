/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The built-in sample: proc files of a real machine, one after the other (tests/fixtures/README.md). */
	.section .rodata
	.global	vmt_sample
	.global	vmt_sample_end
vmt_sample:
	.incbin	"tests/fixtures/amd64-6.12/version"
	.incbin	"tests/fixtures/amd64-6.12/meminfo"
	.incbin	"tests/fixtures/amd64-6.12/modules"
	.incbin	"tests/fixtures/amd64-6.12/vmallocinfo"
vmt_sample_end:
	.byte	0
	.section .note.GNU-stack, "", %progbits
