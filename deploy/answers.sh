#!/bin/bash
# answers PORT PATH – says whether this machine answers 200 there. For health checks in
# images that hold no HTTP client.
exec 3<>"/dev/tcp/127.0.0.1/${1:?port}" || exit 1
printf 'GET %s HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n' "${2:?path}" >&3
IFS= read -r -t 3 line <&3
[[ $line == HTTP/1.?\ 200* ]]
