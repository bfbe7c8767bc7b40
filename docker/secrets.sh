#!/bin/sh
# Write docker/.env with fresh secrets, once; it is never overwritten and never committed.
set -eu
cd "$(dirname "$0")"
[ ! -e .env ] || { echo "docker/.env exists already; left as it is." >&2; exit 1; }
umask 077
word() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
# 32 bytes as base64; one in some 25,000 spells a word by which a placeholder is known, and is drawn again.
random() {
    until drawn=$(head -c 32 /dev/urandom | base64 | tr -d '\n') && ! echo "$drawn" | grep -qi test; do :; done
    echo "$drawn"
}
made=$(
    echo "COMPOSE_PROJECT_NAME=gridloop"
    for name in OWNER_PASSWORD INTAKE_PASSWORD ROUTING_PASSWORD FEEDBACK_PASSWORD; do echo "$name=$(word)"; done
    for name in LINK_INTAKE_ROUTING LINK_ROUTING_FEEDBACK LINK_INTAKE_FEEDBACK \
        INTAKE_ANSWER_KEY ROUTING_ANSWER_KEY FEEDBACK_ANSWER_KEY; do echo "$name=$(random)"; done
    echo "SURVEY_SECRET=whsec_$(random)"
    echo "MASTER_KEYS=m1:$(random)"
)
set -C
echo "$made" > .env
echo "Wrote docker/.env"
