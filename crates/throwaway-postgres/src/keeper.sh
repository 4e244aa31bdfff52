# Outlives the process that started it, and then ends what is in its process group and removes the folder $1.
# Its standard input is a pipe that ends when its owner ends, in whatever way, and initdb, which is soon.
trap '' HUP INT QUIT TERM
while read -r _; do :; done
# Immediate shutdown. The programs are in this group; the server's own children are the server's to end.
kill -s QUIT -- "-$$"
turns=0
while [ -e "$1/data/postmaster.pid" ] && read -r server <"$1/data/postmaster.pid" &&
  kill -s 0 "$server" 2>/dev/null && [ "$turns" -lt 200 ]; do
  sleep 0.05
  turns=$((turns + 1))
done
# What a half-ended program still writes is removed in the next turn.
while [ -e "$1" ] && [ "$turns" -lt 400 ]; do
  rm -rf "$1" || sleep 0.05
  turns=$((turns + 1))
done
kill -s KILL -- "-$$"
