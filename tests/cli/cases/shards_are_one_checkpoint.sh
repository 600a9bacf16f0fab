cp s/seed11.weights.h5 m_00000.weights.h5
map='"/layers/conv2d/vars": "m_00000.weights.h5", "/layers/dense/vars": ["m_00000.weights.h5"]'
echo "{\"metadata\": {\"total_size\": 65416.0}, \"weight_map\": {$map}}" >m.weights.json
ladle ls m.weights.json
ladle ls m_00000.weights.h5 | head -3
ladle diff s/seed11.keras m.weights.json; echo $?
ladle avg m.weights.json s/seed11.keras -o o.weights.h5; echo $?
ladle avg m.weights.json --config s/seed11.keras -o o.keras; echo $?
ladle diff o.weights.h5 o.keras s/seed11.keras | head -1
ladle avg m.weights.json -o m_00000.weights.h5 --force; echo $?
ladle avg m.weights.json -o p.keras; echo $?
echo "{\"weight_map\": {$map, \"/layers/gru/vars\": \"m_00000.weights.h5\"}}" >g.weights.json
echo "{\"metadata\": {\"total_size\": 70000.0}, \"weight_map\": {$map}}" >t.weights.json
ladle ls t.weights.json | head -2
echo '{"weight_map": {"/vars": "m_00001.weights.h5"}}' >n.weights.json
echo '{"weight_map": {"/vars": "../s/seed11.weights.h5"}}' >f.weights.json
for f in g n f; do ladle ls $f.weights.json; echo $?; done
ls
