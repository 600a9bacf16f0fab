# bash completion for ladle; made from the program's tables by `make manual`
_ladle() {
	local word=${COMP_WORDS[COMP_CWORD]}
	if [[ $word == -* ]]; then
		COMPREPLY=($(compgen -W '--weights --no-normalise --mix --skip --method --template --output --format --config --keep-optimizer --stats --name --dry-run --recipe --force --json --jobs --quiet --no-config --color --ascii --no-mouse --plain --keys --no-sandbox --help --version' -- "$word"))
		return
	fi
	COMPREPLY=($(compgen -f -- "$word"))
	if ((COMP_CWORD == 1)); then
		COMPREPLY+=($(compgen -W 'ls diff avg run doctor help' -- "$word"))
	fi
}
complete -o filenames -F _ladle ladle
