# bash completion for vmtool; made by `make completions`

_vmtool()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local cmd=${COMP_WORDS[1]} opts=

	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "summary top list holes explain diff --help --version" -- "$cur"))
		return
	fi
	case $cmd:$prev in
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
		top:--by)
			COMPREPLY=($(compgen -W "caller function what module kind node size flags" -- "$cur"))
			return ;;
		top:-s|top:--sort)
			COMPREPLY=($(compgen -W "KEY AREAS SIZE RESIDENT GUARD SHARE AVERAGE GUARD_SHARE WHAT LENT UNKNOWABLE" -- "$cur"))
			return ;;
		top:-N|top:--count)
			COMPREPLY=()
			return ;;
		top:-o|top:--output)
			COMPREPLY=($(compgen -W "KEY AREAS SIZE RESIDENT GUARD SHARE AVERAGE GUARD_SHARE WHAT LENT UNKNOWABLE" -- "$cur"))
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
			COMPREPLY=($(compgen -W "START END SIZE PAGES GUARD GUARD_GRADE KIND CALLER MODULE PHYS NODES FLAGS WHAT GUARD_RULE USABLE LINE FUNCTION" -- "$cur"))
			return ;;
		list:-o|list:--output)
			COMPREPLY=($(compgen -W "START END SIZE PAGES GUARD GUARD_GRADE KIND CALLER MODULE PHYS NODES FLAGS WHAT GUARD_RULE USABLE LINE FUNCTION" -- "$cur"))
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
		holes:--fit)
			COMPREPLY=()
			return ;;
		holes:--request)
			COMPREPLY=()
			return ;;
		holes:--region)
			COMPREPLY=($(compgen -W "vmalloc modules" -- "$cur"))
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
		explain:-o|explain:--output)
			COMPREPLY=($(compgen -W "START END LINE KIND SIZE PAGES RESIDENT GUARD GUARD_GRADE GUARD_RULE CUT USABLE HOLE_BEFORE ALIGN CALLER MODULE WHAT NODES PHYS CALLER_AREAS CALLER_SIZE CALLER_RESIDENT CALLER_GUARD CALLER_HOLES" -- "$cur"))
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
		diff:--by)
			COMPREPLY=($(compgen -W "caller function what module kind node size flags" -- "$cur"))
			return ;;
		diff:-N|diff:--count)
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
	esac
	case $cmd in
		summary) opts="-J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict -h --help -V --version " ;;
		top) opts="--by -s --sort --reverse -N --count -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict -h --help -V --version " ;;
		list) opts="--caller --module --kind --node --min-size --max-size --at --flags -s --sort --reverse --odd -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict -h --help -V --version " ;;
		holes) opts="--fit --request --region -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict -h --help -V --version " ;;
		explain) opts="-J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict -h --help -V --version " ;;
		diff) opts="--by --areas -N --count -J --json --csv -r --raw -o --output -b --bytes -n --noheadings --color --width --page-size --source --sysroot --sample --strict -h --help -V --version " ;;
	esac
	case $cur in
		-*) COMPREPLY=($(compgen -W "$opts" -- "$cur")) ;;
		*) COMPREPLY=($(compgen -f -- "$cur")) ;;
	esac
}

complete -o filenames -F _vmtool vmtool
