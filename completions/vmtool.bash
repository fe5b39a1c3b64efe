# bash completion for vmtool; made by `make completions`

_vmtool()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local cmd=${COMP_WORDS[1]} opts=

	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "summary live top list info holes explain diff walk pt verify symbolize flow record trend extract --help --version" -- "$cur"))
		return
	fi
	case $cmd:$prev in
		summary:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		summary:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		summary:--kernel)
			COMPREPLY=()
			return ;;
		summary:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		summary:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		summary:--wrappers)
			COMPREPLY=()
			return ;;
		summary:-o|summary:--output)
			COMPREPLY=($(compgen -W "KIND AREAS SIZE RESIDENT LENT GUARD GUARD_KNOWN GUARD_INFERRED UNKNOWABLE NOTE" -- "$cur"))
			return ;;
		summary:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		summary:--width)
			COMPREPLY=()
			return ;;
		summary:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		summary:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		summary:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		summary:--base)
			COMPREPLY=()
			return ;;
		summary:--map)
			COMPREPLY=()
			return ;;
		summary:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		live:-i|live:--interval)
			COMPREPLY=()
			return ;;
		live:--view)
			COMPREPLY=($(compgen -W "callers areas owners modules nodes map events" -- "$cur"))
			return ;;
		live:-s|live:--sort)
			COMPREPLY=()
			return ;;
		live:-f|live:--filter)
			COMPREPLY=()
			return ;;
		live:-N|live:--count)
			COMPREPLY=()
			return ;;
		live:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		live:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		live:--kernel)
			COMPREPLY=()
			return ;;
		live:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		live:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		live:--wrappers)
			COMPREPLY=()
			return ;;
		live:-o|live:--output)
			COMPREPLY=($(compgen -W "" -- "$cur"))
			return ;;
		live:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		live:--width)
			COMPREPLY=()
			return ;;
		live:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		live:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		live:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		live:--base)
			COMPREPLY=()
			return ;;
		live:--map)
			COMPREPLY=()
			return ;;
		live:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		top:--by)
			COMPREPLY=($(compgen -W "caller function what module kind node size flags owner file subsystem" -- "$cur"))
			return ;;
		top:-s|top:--sort)
			COMPREPLY=($(compgen -W "KEY AREAS SIZE RESIDENT GUARD SHARE AVERAGE GUARD_SHARE WHAT LENT UNKNOWABLE OWNER SOURCE FILE SUBSYSTEM INLINES SURE" -- "$cur"))
			return ;;
		top:-N|top:--count)
			COMPREPLY=()
			return ;;
		top:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		top:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		top:--kernel)
			COMPREPLY=()
			return ;;
		top:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		top:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		top:--wrappers)
			COMPREPLY=()
			return ;;
		top:-o|top:--output)
			COMPREPLY=($(compgen -W "KEY AREAS SIZE RESIDENT GUARD SHARE AVERAGE GUARD_SHARE WHAT LENT UNKNOWABLE OWNER SOURCE FILE SUBSYSTEM INLINES SURE" -- "$cur"))
			return ;;
		top:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		top:--width)
			COMPREPLY=()
			return ;;
		top:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		top:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		top:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		top:--base)
			COMPREPLY=()
			return ;;
		top:--map)
			COMPREPLY=()
			return ;;
		top:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		list:--caller)
			COMPREPLY=()
			return ;;
		list:--module)
			COMPREPLY=()
			return ;;
		list:--kind)
			COMPREPLY=($(compgen -W "vmalloc vmap ioremap dma-coherent sparse vm_map_ram percpu image unpurged other" -- "$cur"))
			return ;;
		list:--node)
			COMPREPLY=()
			return ;;
		list:--min-size)
			COMPREPLY=()
			return ;;
		list:--max-size)
			COMPREPLY=()
			return ;;
		list:--at)
			COMPREPLY=()
			return ;;
		list:--flags)
			COMPREPLY=($(compgen -W "ioremap sparse vmalloc vmap user dma-coherent vpages vm_map_ram unpurged" -- "$cur"))
			return ;;
		list:-s|list:--sort)
			COMPREPLY=($(compgen -W "START END SIZE PAGES GUARD GUARD_GRADE KIND CALLER MODULE PHYS NODES FLAGS WHAT GUARD_RULE USABLE LINE FUNCTION OWNER SOURCE FILE SUBSYSTEM INLINES SURE" -- "$cur"))
			return ;;
		list:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		list:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		list:--kernel)
			COMPREPLY=()
			return ;;
		list:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		list:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		list:--wrappers)
			COMPREPLY=()
			return ;;
		list:-o|list:--output)
			COMPREPLY=($(compgen -W "START END SIZE PAGES GUARD GUARD_GRADE KIND CALLER MODULE PHYS NODES FLAGS WHAT GUARD_RULE USABLE LINE FUNCTION OWNER SOURCE FILE SUBSYSTEM INLINES SURE" -- "$cur"))
			return ;;
		list:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		list:--width)
			COMPREPLY=()
			return ;;
		list:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		list:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		list:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		list:--base)
			COMPREPLY=()
			return ;;
		list:--map)
			COMPREPLY=()
			return ;;
		list:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		info:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		info:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		info:--kernel)
			COMPREPLY=()
			return ;;
		info:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		info:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		info:--wrappers)
			COMPREPLY=()
			return ;;
		info:-o|info:--output)
			COMPREPLY=($(compgen -W "NAME VALUE" -- "$cur"))
			return ;;
		info:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		info:--width)
			COMPREPLY=()
			return ;;
		info:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		info:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		info:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		info:--base)
			COMPREPLY=()
			return ;;
		info:--map)
			COMPREPLY=()
			return ;;
		info:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		holes:--fit)
			COMPREPLY=()
			return ;;
		holes:--request)
			COMPREPLY=()
			return ;;
		holes:--region)
			COMPREPLY=($(compgen -W "vmalloc modules" -- "$cur"))
			return ;;
		holes:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		holes:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		holes:--kernel)
			COMPREPLY=()
			return ;;
		holes:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		holes:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		holes:--wrappers)
			COMPREPLY=()
			return ;;
		holes:-o|holes:--output)
			COMPREPLY=($(compgen -W "REGION BOUNDS START END SIZE USED UNPURGED HOLES FREE LARGEST AT FRAGMENTATION WHY" -- "$cur"))
			return ;;
		holes:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		holes:--width)
			COMPREPLY=()
			return ;;
		holes:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		holes:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		holes:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		holes:--base)
			COMPREPLY=()
			return ;;
		holes:--map)
			COMPREPLY=()
			return ;;
		holes:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		explain:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		explain:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		explain:--kernel)
			COMPREPLY=()
			return ;;
		explain:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		explain:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		explain:--wrappers)
			COMPREPLY=()
			return ;;
		explain:-o|explain:--output)
			COMPREPLY=($(compgen -W "START END LINE KIND SIZE PAGES RESIDENT GUARD GUARD_GRADE GUARD_RULE CUT USABLE HOLE_BEFORE ALIGN CALLER MODULE WHAT NODES PHYS CALLER_AREAS CALLER_SIZE CALLER_RESIDENT CALLER_GUARD CALLER_HOLES OWNER SOURCE FILE SUBSYSTEM INLINES SURE" -- "$cur"))
			return ;;
		explain:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		explain:--width)
			COMPREPLY=()
			return ;;
		explain:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		explain:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		explain:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		explain:--base)
			COMPREPLY=()
			return ;;
		explain:--map)
			COMPREPLY=()
			return ;;
		explain:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		diff:--by)
			COMPREPLY=($(compgen -W "caller function what module kind node size flags owner file subsystem" -- "$cur"))
			return ;;
		diff:-N|diff:--count)
			COMPREPLY=()
			return ;;
		diff:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		diff:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		diff:--kernel)
			COMPREPLY=()
			return ;;
		diff:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		diff:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		diff:--wrappers)
			COMPREPLY=()
			return ;;
		diff:-o|diff:--output)
			COMPREPLY=($(compgen -W "KEY CHANGE AREAS RESIDENT SIZE NOW BEFORE RATE AREAS_NOW WHAT" -- "$cur"))
			return ;;
		diff:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		diff:--width)
			COMPREPLY=()
			return ;;
		diff:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		diff:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		diff:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		diff:--base)
			COMPREPLY=()
			return ;;
		diff:--map)
			COMPREPLY=()
			return ;;
		diff:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		walk:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		walk:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		walk:--kernel)
			COMPREPLY=()
			return ;;
		walk:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		walk:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		walk:--wrappers)
			COMPREPLY=()
			return ;;
		walk:-o|walk:--output)
			COMPREPLY=($(compgen -W "ADDRESS MAPPED PHYS PAGE RIGHTS TYPE FLAGS OWNER OWNER_KIND START END INDEX CALLER MODULE SYMBOL RANGE HOLDER HOLDER_AT WHY STEPS" -- "$cur"))
			return ;;
		walk:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		walk:--width)
			COMPREPLY=()
			return ;;
		walk:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		walk:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		walk:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		walk:--base)
			COMPREPLY=()
			return ;;
		walk:--map)
			COMPREPLY=()
			return ;;
		walk:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		pt:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		pt:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		pt:--kernel)
			COMPREPLY=()
			return ;;
		pt:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		pt:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		pt:--wrappers)
			COMPREPLY=()
			return ;;
		pt:-o|pt:--output)
			COMPREPLY=($(compgen -W "START END SIZE PAGE COUNT LEVEL RIGHTS TYPE FLAGS PHYS SCATTERED KIND OWNER OWNER_KIND MODULE RANGE TABLE SAME_AS ALIAS ALIAS_RIGHTS ALIAS_OWNER" -- "$cur"))
			return ;;
		pt:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		pt:--width)
			COMPREPLY=()
			return ;;
		pt:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		pt:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		pt:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		pt:--base)
			COMPREPLY=()
			return ;;
		pt:--map)
			COMPREPLY=()
			return ;;
		pt:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		verify:--check)
			COMPREPLY=()
			return ;;
		verify:--skip)
			COMPREPLY=()
			return ;;
		verify:--text)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		verify:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		verify:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		verify:--kernel)
			COMPREPLY=()
			return ;;
		verify:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		verify:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		verify:--wrappers)
			COMPREPLY=()
			return ;;
		verify:-o|verify:--output)
			COMPREPLY=($(compgen -W "ID TITLE RESULT LOOKED_AT UNKNOWN FINDINGS NOTE" -- "$cur"))
			return ;;
		verify:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		verify:--width)
			COMPREPLY=()
			return ;;
		verify:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		verify:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		verify:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		verify:--base)
			COMPREPLY=()
			return ;;
		verify:--map)
			COMPREPLY=()
			return ;;
		verify:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		symbolize:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		symbolize:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		symbolize:--kernel)
			COMPREPLY=()
			return ;;
		symbolize:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		symbolize:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		symbolize:--wrappers)
			COMPREPLY=()
			return ;;
		symbolize:-o|symbolize:--output)
			COMPREPLY=($(compgen -W "CALLER MODULE WHY OWNER SOURCE FILE SUBSYSTEM INLINES SURE" -- "$cur"))
			return ;;
		symbolize:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		symbolize:--width)
			COMPREPLY=()
			return ;;
		symbolize:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		symbolize:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		symbolize:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		symbolize:--base)
			COMPREPLY=()
			return ;;
		symbolize:--map)
			COMPREPLY=()
			return ;;
		symbolize:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		flow:-d|flow:--depth)
			COMPREPLY=()
			return ;;
		flow:--only)
			COMPREPLY=()
			return ;;
		flow:-m|flow:--module)
			COMPREPLY=()
			return ;;
		flow:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		flow:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		flow:--kernel)
			COMPREPLY=()
			return ;;
		flow:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		flow:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		flow:--wrappers)
			COMPREPLY=()
			return ;;
		flow:-o|flow:--output)
			COMPREPLY=($(compgen -W "FUNCTION LEVEL CALLED_AT KIND TAIL TIMES NOTE" -- "$cur"))
			return ;;
		flow:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		flow:--width)
			COMPREPLY=()
			return ;;
		flow:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		flow:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		flow:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		flow:--base)
			COMPREPLY=()
			return ;;
		flow:--map)
			COMPREPLY=()
			return ;;
		flow:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		record:-i|record:--interval)
			COMPREPLY=()
			return ;;
		record:-N|record:--count)
			COMPREPLY=()
			return ;;
		record:--keep)
			COMPREPLY=()
			return ;;
		record:-o|record:--output)
			COMPREPLY=($(compgen -W "" -- "$cur"))
			return ;;
		record:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		record:--width)
			COMPREPLY=()
			return ;;
		record:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		record:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		record:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		record:--base)
			COMPREPLY=()
			return ;;
		record:--map)
			COMPREPLY=()
			return ;;
		record:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		trend:--by)
			COMPREPLY=($(compgen -W "caller function what module kind node size flags owner file subsystem" -- "$cur"))
			return ;;
		trend:--measure)
			COMPREPLY=($(compgen -W "size resident areas" -- "$cur"))
			return ;;
		trend:--since)
			COMPREPLY=()
			return ;;
		trend:--until)
			COMPREPLY=()
			return ;;
		trend:-N|trend:--count)
			COMPREPLY=()
			return ;;
		trend:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		trend:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		trend:--kernel)
			COMPREPLY=()
			return ;;
		trend:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		trend:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		trend:--wrappers)
			COMPREPLY=()
			return ;;
		trend:-o|trend:--output)
			COMPREPLY=($(compgen -W "KEY BOOT VERDICT FIRST LAST CHANGE PER_HOUR TREND EVIDENCE WHAT LOW HIGH TAU RISING NOISE SAMPLES" -- "$cur"))
			return ;;
		trend:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		trend:--width)
			COMPREPLY=()
			return ;;
		trend:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		trend:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		trend:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		trend:--base)
			COMPREPLY=()
			return ;;
		trend:--map)
			COMPREPLY=()
			return ;;
		trend:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		extract:-o|extract:--output)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		extract:--compress)
			COMPREPLY=($(compgen -W "zstd zlib" -- "$cur"))
			return ;;
		extract:--vmlinux)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		extract:--debug-dir)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		extract:--kernel)
			COMPREPLY=()
			return ;;
		extract:--kallsyms)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		extract:--system-map)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		extract:--wrappers)
			COMPREPLY=()
			return ;;
		extract:--color)
			COMPREPLY=($(compgen -W "auto always never" -- "$cur"))
			return ;;
		extract:--width)
			COMPREPLY=()
			return ;;
		extract:--page-size)
			COMPREPLY=($(compgen -W "4K 16K 64K" -- "$cur"))
			return ;;
		extract:--source)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
		extract:--sysroot)
			COMPREPLY=($(compgen -d -- "$cur"))
			return ;;
		extract:--base)
			COMPREPLY=()
			return ;;
		extract:--map)
			COMPREPLY=()
			return ;;
		extract:--vmcoreinfo)
			COMPREPLY=($(compgen -f -- "$cur"))
			return ;;
	esac
	case $cmd in
		summary) opts="--vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --force --no-cache -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		live) opts="-i --interval --view -s --sort -f --filter --once -N --count --ascii --vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --force --no-cache -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		top) opts="--by -s --sort --reverse -N --count --vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --force --no-cache -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		list) opts="--caller --module --kind --node --min-size --max-size --at --flags -s --sort --reverse --odd --vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --force --no-cache -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		info) opts="--vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --force --no-cache -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		holes) opts="--fit --request --region --vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --force --no-cache -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		explain) opts="--vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --force --no-cache -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		diff) opts="--by --areas -N --count --vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --force --no-cache -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		walk) opts="--vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --force --no-cache -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		pt) opts="--writable --exec --wx --huge --alias --entries --vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --force --no-cache -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		verify) opts="--check --skip --text --same-moment --list-checks -v --verbose --vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --force --no-cache -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		symbolize) opts="--vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --force --no-cache -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		flow) opts="-d --depth --only -a --all -m --module --vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --force --no-cache -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		record) opts="-i --interval -N --count --keep -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		trend) opts="--by --measure --since --until -N --count --vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --force --no-cache -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
		extract) opts="-o --output --compress --keep-registers -f --force --vmlinux --debug-dir --kernel --kallsyms --system-map --wrappers --debuginfod --no-cache -J --json --csv -r --raw -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict --base --map --vmcoreinfo -h --help -V --version " ;;
	esac
	case $cur in
		-*) COMPREPLY=($(compgen -W "$opts" -- "$cur")) ;;
		*) COMPREPLY=($(compgen -f -- "$cur")) ;;
	esac
}

complete -o filenames -F _vmtool vmtool
