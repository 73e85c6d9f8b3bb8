# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for keepwatch(1). Options come from the program itself (`keepwatch help COMMAND`), so
# that they cannot be out of date; names of devices and sites from the database, if it can be read.
# shellcheck shell=bash

_keepwatch_words() {
	keepwatch "$@" 2>/dev/null
}

# The configuration named on the line so far.
_keepwatch_config() {
	local i
	config=()
	for ((i = 1; i < ${#COMP_WORDS[@]} - 1; i++)); do
		case ${COMP_WORDS[i]} in
		-c | --config) config=(-c "${COMP_WORDS[i + 1]}") ;;
		--database) config=(--database "${COMP_WORDS[i + 1]}") ;;
		esac
	done
}

_keepwatch_names() { # COLUMN: its values
	local config
	_keepwatch_config
	_keepwatch_words devices "${config[@]}" -f csv --no-header --columns "$1" | tr -d '\r"' | sort -u
}

_keepwatch_ids() { # numbers of the open incidents
	local config
	_keepwatch_config
	_keepwatch_words incidents "${config[@]}" -f csv --no-header --columns id | tr -d '\r'
}

# Completes the last piece of a comma list.
_keepwatch_list() {
	local head=
	case $cur in *,*) head=${cur%,*}, ;; esac
	mapfile -t COMPREPLY < <(compgen -P "$head" -W "$1" -- "${cur##*,}")
	compopt -o nospace 2>/dev/null || :
}

_keepwatch() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' i
	local commands='report incidents why incident audit finding findings evidence verify diff advisories devices show topology impact events probe password replay export help version'
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case " $commands " in *" ${COMP_WORDS[i]} "*)
			command=${COMP_WORDS[i]}
			break
			;;
		esac
	done
	case $prev in
	-c | --config | --database | -o | --output | --socket | --*-file)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		return
		;;
	-f | --format)
		local formats='table json csv'
		[ "$command" != topology ] || formats+=' dot svg'
		mapfile -t COMPREPLY < <(compgen -W "$formats" -- "$cur")
		return
		;;
	--class | --cause) _keepwatch_list "$(_keepwatch_words incidents --class help | cut -d ' ' -f 1)" && return ;;
	--rule) _keepwatch_list "$(_keepwatch_words findings --rule help | cut -d ' ' -f 1)" && return ;;
	--team) _keepwatch_list 'it_network physical_security integrator facilities_power monitor_admin none' && return ;;
	--severity) mapfile -t COMPREPLY < <(compgen -W 'notice warning critical' -- "$cur") && return ;;
	--color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur") && return ;;
	-k | --kind)
		_keepwatch_list 'camera door nvr intercom encoder switch router ups server other'
		return
		;;
	-t | --state) _keepwatch_list 'up degraded down unknown flapping' && return ;;
	-s | --site) _keepwatch_list "$(_keepwatch_names site)" && return ;;
	--owner) _keepwatch_list "$(_keepwatch_names owner)" && return ;;
	-d | --device) _keepwatch_list "$(_keepwatch_names name)" && return ;;
	--type) _keepwatch_list "$(_keepwatch_words events --type help)" && return ;;
	--columns | --sort)
		_keepwatch_list "$(_keepwatch_words "$command" --columns help | sed -n 's/^\([a-z_0-9]\+\) .*/\1/p')"
		return
		;;
	-p | --probe) _keepwatch_list "$(_keepwatch_words help probes | sed -n 's/^\([a-z]\+\): .*/\1/p')" && return ;;
	--by)
		case $command in
		password) mapfile -t COMPREPLY < <(compgen -W 'onvif axis hikvision auto' -- "$cur") ;;
		audit) mapfile -t COMPREPLY < <(compgen -W 'site owner team rule' -- "$cur") ;;
		esac
		return
		;;
	--use) mapfile -t COMPREPLY < <(compgen -W 'onvif http snmp' -- "$cur") && return ;;
	--previous)
		mapfile -t COMPREPLY < <(compgen -d -W none -- "$cur")
		return
		;;
	--snmp-version) mapfile -t COMPREPLY < <(compgen -W '1 2c 3' -- "$cur") && return ;;
	--auth) mapfile -t COMPREPLY < <(compgen -W 'MD5 SHA-1 SHA-224 SHA-256 SHA-384 SHA-512' -- "$cur") && return ;;
	--priv) mapfile -t COMPREPLY < <(compgen -W 'DES AES-128 AES-192 AES-256 AES-192-C AES-256-C' -- "$cur") && return ;;
	--why | --until-day | --account | --vendor | --since | --until | --at | --note | --depth | --jobs | -j | --tick | --limit | -n | --timeout | --retries | --set | --user | -u | --snmp-user | --credential | --clock-offset | --length | --password-command | --parallel | --max-devices | --settle)
		return
		;;
	esac
	case $cur in
	-*)
		mapfile -t COMPREPLY < <(compgen -W "$(_keepwatch_words help ${command:+"$command"} |
			sed -n 's/^  \(-.,\|   \) \(--[a-z-]*\).*/\2/p')" -- "$cur")
		return
		;;
	esac
	case $command in
	'') mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur") ;;
	show | probe | devices | topology | impact) mapfile -t COMPREPLY < <(compgen -W "$(_keepwatch_names name)" -- "$cur") ;;
	why)
		mapfile -t COMPREPLY < <(compgen -W "$(_keepwatch_names name) $(_keepwatch_ids)" -- "$cur")
		;;
	password)
		if [ "$prev" = password ]; then
			mapfile -t COMPREPLY < <(compgen -W 'status mark rotate defaults' -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -W "$(_keepwatch_names name)" -- "$cur")
		fi
		;;
	finding)
		local config
		_keepwatch_config
		mapfile -t COMPREPLY < <(compgen -W "show accept reopen $(_keepwatch_words audit "${config[@]}" -f csv --no-header | cut -d , -f 1)" -- "$cur")
		;;
	verify | diff)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		compopt -o filenames 2>/dev/null
		;;
	incident) mapfile -t COMPREPLY < <(compgen -W "show close $(_keepwatch_ids)" -- "$cur") ;;
	advisories)
		mapfile -t COMPREPLY < <(compgen -W 'import list' -- "$cur"; compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		;;
	replay)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		;;
	evidence) mapfile -t COMPREPLY < <(compgen -W "$(_keepwatch_ids)" -- "$cur") ;;
	export) mapfile -t COMPREPLY < <(compgen -W 'inventory states events incidents findings acceptances firmware firmware-history
		passwords passwords-history credentials-age coverage downtime topology topology-history audit' -- "$cur") ;;
	help) mapfile -t COMPREPLY < <(compgen -W "$commands probes exit-codes" -- "$cur") ;;
	esac
}
complete -F _keepwatch keepwatch
