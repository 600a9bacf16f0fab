command -v python3 >/dev/null || { echo SKIP no python3; exit; }
python3 -m zipfile -e s/seed11.keras model
mkdir -p model/assets/lookup && echo hello >model/assets/lookup/vocabulary.txt
ladle ls model | head -2
ladle diff model s/seed11.keras | head -1
ladle avg model s/seed12.keras -o x.keras --dry-run
ladle avg model model -o x.keras -q; echo $?
python3 -m zipfile -l x.keras | cut -c1-40
ladle avg model -o model/config.json --format keras --force; echo $?
rm model/config.json
ladle ls model; echo $?
mkdir saved && : >saved/saved_model.pb && : >ckpt.index
ladle ls saved ckpt 2>&1 | cut -c1-75
