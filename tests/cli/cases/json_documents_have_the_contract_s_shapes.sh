command -v python3 >/dev/null && python3 -c '' || { echo SKIP no python3; exit; }
shape() { python3 "$CASES/../json_shapes.py" "$@" && echo "$@"; }
ladle ls --json s/run-epoch06.h5 s/seed11.keras | shape ls
ladle ls --json --stats s/seed11.weights.h5 | shape ls --stats
ladle diff --json s/run-epoch06.h5 s/run-epoch08.h5 s/run-restart.h5 | shape diff
ladle diff --json s/run-epoch06.h5 s/mismatch.h5 | shape diff
ladle match --json s/run-epoch06.h5 s/seed11.keras s/mismatch.h5 | shape match
ladle match --json s/committee.h5 s/committee.h5#conv_1 | shape match
ladle align --json s/seed11.keras s/seed11-reordered.keras -o z.keras | shape align
ladle ls --json --branches s/committee.h5 | shape ls --branches
ladle avg --json s/run-epoch06.h5 s/run-epoch08.h5 --mix 'A=1 B=0 on conv*' -o x.h5 | shape avg
ladle avg --json s/run-epoch06.h5 s/mismatch.h5 -o y.h5 2>/dev/null | shape error
ladle diff --json s/run-epoch06.h5 2>/dev/null | shape error
ladle diff --bogus --json 2>/dev/null | shape error
ladle doctor --json | shape any
ladle help --json | shape any
ladle --version --json | shape any
