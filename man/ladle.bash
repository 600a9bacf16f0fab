# bash completion for ladle; made from the program's tables by `make manual`
_ladle() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words= files=
	case $before in
	-w | --weights) ;;
	--mix) ;;
	--skip) ;;
	--pair) ;;
	--objective) words='selected raw normalised' ;;
	--seed) ;;
	--match-memory) ;;
	--method) words='mean' ;;
	--repair) ;;
	--template) ;;
	-o | --output) files=1 ;;
	--format) words='h5 weights legacy-weights keras' ;;
	--config) files=1 ;;
	-n | --name) ;;
	--recipe) files=1 ;;
	--html) files=1 ;;
	-j | --jobs) ;;
	--color) words='auto never 16 256' ;;
	--session) files=1 ;;
	--from) files=1 ;;
	--keys) files=1 ;;
	*)
		files=1
		[[ $word != -* ]] || case ${COMP_WORDS[1]} in
		ls) words='--config --branches --ema --stats --name --json --jobs --quiet --no-config --color --ascii --no-sandbox --help --version ' ;;
		diff) words='--weights --no-normalise --mix --skip --pair --align --no-align --objective --exact --seed --no-null --match-memory --config --branches --ema --name --html --json --jobs --quiet --no-config --color --ascii --no-sandbox --help --version ' ;;
		match) words='--pair --objective --exact --seed --no-null --match-memory --config --branches --ema --name --json --jobs --quiet --no-config --color --ascii --no-sandbox --help --version ' ;;
		align) words='--pair --objective --exact --seed --no-null --match-memory --template --output --format --config --branches --ema --keep-optimizer --name --dry-run --recipe --force --json --jobs --quiet --no-config --color --ascii --no-sandbox --help --version ' ;;
		avg) words='--weights --no-normalise --mix --skip --pair --align --no-align --objective --exact --seed --no-null --match-memory --method --repair --template --output --format --config --branches --ema --keep-optimizer --name --dry-run --recipe --force --json --jobs --quiet --no-config --color --ascii --no-sandbox --help --version ' ;;
		run) words='--match-memory --repair --output --format --config --ema --keep-optimizer --dry-run --recipe --force --json --jobs --quiet --no-config --color --ascii --no-sandbox --help --version ' ;;
		doctor) words='--json --jobs --quiet --no-config --color --ascii --no-sandbox --help --version ' ;;
		help) words='--json --jobs --quiet --no-config --color --ascii --no-sandbox --help --version ' ;;
		*) words='--weights --config --branches --ema --name --json --jobs --quiet --no-config --color --ascii --no-mouse --session --print-selection --plain --from --keys --no-sandbox --help --version ' ;;
		esac
		[[ $word == -* || $COMP_CWORD != 1 ]] || words='ls diff match align avg run doctor help'
		[[ ${COMP_WORDS[1]} != help || $COMP_CWORD != 2 ]] || words='ls diff match align avg run doctor help open drop config ema pair unpair align unalign mix skip normalise template mute solo lock equal scene unrule optimizer repair write reload set map unmap color toggle-scene undo redo cancel recipe report plot epochs session quit back escape prompt help layers detail match mixer export profile jobs log pane pane-back grow shrink panes changes redraw suspend down up top bottom page-down page-up half-down half-up go unfold enter fold unfold-all fold-all scroll-right scroll-left next-model previous-model zoom-in zoom-out map-left map-right picture next previous worst find find-back find-next find-previous filter sort sort-file sort-name sort-keep sort-shape sort-state sort-model reverse tag tag-range tag-pattern untag-all take weigh copy pair-row match-row clear apply apply-all revert compare-next compare-previous units weakest stop column-right column-left look curve curve-back scale figure figure-back less more much-less much-more fader toggle-mute toggle-solo toggle-lock toggle-normalise remove export-go export-next export-previous go-change mouse yank yank-row dump wait' files=
		;;
	esac
	COMPREPLY=($(compgen -W "$words" -- "$word"))
	[[ -z $files ]] || COMPREPLY+=($(compgen -f -- "$word"))
}
complete -o filenames -F _ladle ladle
