#!/bin/sh
# Runs the steps that lie beside this file in order and prints their output between marks: see invoke/steps.py.
# The last three settings are bytes: the room in one answer, each step's share of it, and how much of an end is shown.
# gzip, base64, tar, head, tail and setsid are assumed of the image, none is documented: each may be missing.
here=${0%/*}
read -r random steps keep_going full fetches room share ends <"$here/settings"
work=${TMPDIR:-/tmp}/${here##*/}
if mv "$here" "$work" 2>/dev/null; then here=$work; else here=$PWD/$here; fi
exec 3>&1 >/dev/null 2>&1 </dev/null
trap : HUP INT TERM # a step may signal its whole group

has() { command -v "$1" >/dev/null; }
mark() { printf '\n@%s %s\n' "$random" "$*" >&3; }
count() { bytes=$(wc -c <"$1") && echo $((bytes)) || echo 0; }
squeeze() { gzip -9c; }
pack() { base64; }
text=base64 small=gzip+base64 apart=''
if ! has gzip; then small=base64; squeeze() { cat; }; fi
if ! has base64; then text=raw small=raw; squeeze() { cat; }; pack() { cat; }; fi
if has setsid; then apart=setsid; fi
kind=$text press=cat
if [ "$full" = 1 ]; then kind=$small press=squeeze; fi

step() { # NUMBER: a script comes as its words, already split; a command as one text
    if [ -f "$here/words.$1" ]; then eval "set -- $(cat "$here/words.$1")"; else set -- sh -c "$(cat "$here/step.$1")"; fi
    exec $apart "$@" 3>&-
}
send() { cat "$here/part" >&3 && room=$((room - $(count "$here/part") - 100)); }
show() { # NUMBER CODE: of what is too long for this answer both ends are shown here, and all of it behind the rest
    size=$(count "$here/out")
    $press <"$here/out" | pack >"$here/part"
    packed=$(count "$here/part")
    if [ "$full" = 1 ] && [ "$packed" -gt $((room - (steps - $1) * share)) ] && has head && has tail; then
        mark ends "$1" "$2" "$kind" "$size" "$ends" "$packed"
        mv "$here/part" "$here/whole.$1" && later="$later $1"
        { head -c "$ends" "$here/out"; tail -c "$ends" "$here/out"; } | squeeze | pack >"$here/part"
    else
        mark out "$1" "$2" "$kind" "$size"
    fi
    send
}
bring() { # NUMBER: a folder needs tar, a file does not
    remote=$(cat "$here/fetch.$1")
    if [ -f "$remote" ] && [ -r "$remote" ]; then
        what=file size=$(count "$remote")
        take() { cat <"$remote"; }
    elif [ -d "$remote" ] && [ $text = base64 ] && has tar; then
        what=folder size=0
        take() { tar -cf - -C "$remote" .; }
    elif [ -e "$remote" ]; then mark fetch "$1" failed && return; else mark fetch "$1" missing && return; fi
    limit() { if has head; then head -c $((room > 0 ? room + 1 : 1)); else cat; fi; }
    take | squeeze | pack | limit >"$here/part"
    if [ "$(count "$here/part")" -gt "$room" ]; then mark fetch "$1" tooLarge && return; fi
    mark fetch "$1" "$what" $small "$size"
    send
}

cat "$here/plan" >&3
rm -f "$here/plan" "$here/settings" "$here/run.sh"
mark tools $text $small "$(if has tar; then echo tar; fi)"
number=0 code=0 later=''
while [ $number -lt "$steps" ] && { [ $code = 0 ] || [ "$keep_going" = 1 ]; }; do
    number=$((number + 1))
    mark start $number
    (step $number) >"$here/out" 2>&1
    ended=$?
    if [ $code = 0 ]; then code=$ended; fi
    show $number $ended
    rm -f "$here/out" # what a child left behind still writes is read by nobody
done
number=0
while [ $number -lt "$fetches" ]; do number=$((number + 1)) && bring $number; done
for number in $later; do mark whole "$number" && cat "$here/whole.$number" >&3; done
rm -rf "$here"
mark end $code
exit $code
