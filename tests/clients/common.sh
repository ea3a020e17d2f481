# What the suites of clients that are not ours share: where their packages are kept, a gateway of their own, and the count of what came out. Sourced, not run.
#
# A suite is a folder with a `run`, which takes the program as its argument and can be run alone. It keeps what it installs in a cache of its own, by the
# hash of the file that pins it, and leaves nothing else behind. Descriptions and schemas as published are not ours and not in this repository: where they
# are not (PUBLISHED_GGK and PUBLISHED_VSP, else ../shared/protocols beside this checkout), a suite says what it does without them.

# begin SUITE PROGRAM: sets $program, $root, $here, $published_ggk and $published_vsp (empty where they are not), and makes $site, a folder for this run, current.
begin() {
    suite=$1
    program=$(realpath "${2:?the program}")
    clients=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    root=$(cd "$clients/../.." && pwd)
    here=$clients/$suite
    published_ggk=${PUBLISHED_GGK:-$root/../shared/protocols/ggk}
    published_vsp=${PUBLISHED_VSP:-$root/../shared/protocols/vsp}
    [ -d "$published_ggk" ] || published_ggk=
    [ -d "$published_vsp" ] || published_vsp=
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/knooppunt-clients
    mkdir -p "$cache"
    # Nothing is left beside the scripts.
    export PYTHONDONTWRITEBYTECODE=1
    passed=0 failed=0 begun=$SECONDS gateway=
    site=$(mktemp -d)
    trap 'leave' EXIT
    cd "$site"
}

leave() {
    [ -z "$gateway" ] || kill "$gateway" 2>/dev/null || true
    rm -rf "$site"
}

# --- what is installed ---------------------------------------------------------------------------------------------

# kept WHAT LOCK: sets $kept, the folder in the cache of what this file pins. One suite at a time may fill it. False: it is filled already.
kept() {
    kept=$cache/$1-$(sha256sum "$2" | cut -c1-16)
    exec 9>"$cache/lock"
    flock 9
    [ ! -e "$kept/done" ] || { exec 9>&-; return 1; }
    rm -rf "$kept"
    mkdir -p "$kept"
}

filled() {
    install -m 644 /dev/null "$kept/done"
    exec 9>&-
}

# python_packages LOCK: sets $python, an interpreter with these packages.
python_packages() {
    if kept python "$1"; then
        echo "installing for Python: $(sed -n 's/^\([a-z0-9-]*==[0-9a-z.]*\).*/\1/p' "${1%.txt}.in" | paste -sd ' ')"
        python3 -m venv "$kept"
        "$kept/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$1"
        filled
    fi
    python=$kept/bin/python
}

# node_packages FOLDER: sets $node_modules, with the packages of the package-lock.json there.
node_packages() {
    if kept node "$1/package-lock.json"; then
        echo "installing for Node: $(sed -n '/"dependencies"/,/}/s/.*"\(.*\)": "\([0-9].*\)".*/\1@\2/p' "$1/package.json" | paste -sd ' ')"
        cp "$1/package.json" "$1/package-lock.json" "$kept"
        (cd "$kept" && npm ci --silent --no-audit --no-fund --no-update-notifier >/dev/null)
        filled
    fi
    node_modules=$kept/node_modules
}

# debian_packages COMMAND:PACKAGES...: installs the packages of the commands that are not there.
debian_packages() {
    local missing=() one as_root=()
    for one in "$@"; do
        command -v "${one%%:*}" >/dev/null 2>&1 || missing+=(${one#*:})
    done
    ((${#missing[@]})) || return 0
    echo "installing from Debian: ${missing[*]}"
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
}

# --- the gateway ---------------------------------------------------------------------------------------------------

# ports NUMBER: so many ports of this machine on which nobody listens.
ports() {
    python3 - "$1" <<'PORTS'
import socket
import sys

held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*[one.getsockname()[1] for one in held])
PORTS
}

# certificates MORE...: makes pki/ for a municipality, a provider and whom else `knooppunt pki new` is told. Sets CA.
certificates() {
    "$program" pki new pki --oin gemeente=00000099000000289000 --party aanbieder "$@" >/dev/null 2>&1
    export CA=$site/pki/pkio/root.pem CERTIFICATES=$site/pki/clients
    export MESSAGES=$root/conformance/messages/ijw
}

# tables CELLS: between 0289 and its providers products are translated by this one row, made up, of the municipality's own 45X48: unit, relation, canonical code,
# unit and factor. Sets what a register ($agreed) and a configuration ($catalogue) have to say for that.
tables() {
    mkdir -p mappings/canonical mappings/gm0289
    printf '[[release]]\nname = "jw-1"\nlist = "jw"\nlaw = "jw"\ndate = 2019-02-01\n' >mappings/canonical/releases.toml
    printf 'code\tcategory\tvariant\tname\n45A48\t45\t\tEen\n' >mappings/canonical/jw-1.tsv
    printf '%s\n' 'municipality = "0289"' 'made_up = true' 'published = 2019-10-28' 'canonical = ["jw-1"]' 'apply = ["exact"]' 'enabled = true' \
        >mappings/gm0289/manifest.toml
    printf 'law\tcategory\tlocal_code\tunit\trelation\tcanonical\tc_unit\tfactor\tvalid_from\n' >mappings/gm0289/map.tsv
    printf "jw\\t45\\t45X48\\t$1\\t2020-01-01\\n" >>mappings/gm0289/map.tsv
    agreed=$(printf '[[translation]]\nfor = "%s"\nlaws = ["jw"]\n' 0289 98980001)
    catalogue=$(printf '[catalogue]\nfolder = "mappings"\n')
}

# serve REGISTER CONFIGURATION: starts the gateway with these lines besides its own. Sets URL.
serve() {
    local listens ops
    read -r listens ops < <(ports 2)
    export URL=https://localhost:$listens
    cat >register.toml <<END
[[party]]
id = "gemeente"
name = "Gemeente"
code = [{ kind = "gemeentecode", code = "0289" }]
certificate = [{ anchor = "pkio-g1", oin = "00000099000000289000" }]
[[party]]
id = "aanbieder"
name = "Zorgaanbieder"
code = [{ kind = "agb", code = "98980001" }]
certificate = [{ anchor = "operator-ca", uri = "urn:knooppunt:party:aanbieder" }]
[[pull]]
party = "aanbieder"
zip = false
$1
END
    cat >knooppunt.toml <<END
[listen]
parties = "127.0.0.1:$listens"
ops = "127.0.0.1:$ops"
[health]
disk_free_min = 0
[register]
files = ["register.toml"]
[vsp]
url = "$URL"
[tls]
certificate = "pki/server.pem"
key = "pki/server.key"
crls = ["pki/crl"]
[tls.anchors.pkio-g1]
roots = "pki/pkio/root.pem"
intermediates = "pki/pkio/intermediate.pem"
[tls.anchors.operator-ca]
roots = "pki/operator/root.pem"
$2
END
    "$program" serve --config knooppunt.toml --create >gateway.log 2>&1 &
    gateway=$!
    for _ in $(seq 600); do
        grep -q "serving" gateway.log && return
        kill -0 "$gateway" 2>/dev/null || break
        sleep 0.1
    done
    cat gateway.log >&2
    return 1
}

# starts NUMBER: the provider pushes so many JW305 with curl. Says the traceerId and the Identificatie of each, a line each.
starts() {
    local number identificatie status
    for at in $(seq "$1"); do
        number=$(python3 -c 'import uuid; print(uuid.uuid4())')
        identificatie=S$RANDOM$at
        cat >meta.json <<END
{"routeringgegevens": {"afzender": {"rol": "Instelling", "code": "98980001"}, "geadresseerden": [{"rol": "Gemeente", "code": "0289"}],
  "berichtstroom": {"berichttype": "JW", "berichtsubtype": "JW305", "berichtversie": 3, "berichtsubversie": 2, "actie": "StartZorg"}},
 "referentiegegevens": {"conversatieId": "$number", "traceerId": "$number"}}
END
        sed "s/S260004/$identificatie/" "$MESSAGES/JW305/plain/message.xml" >start.xml
        status=$(curl -sS --noproxy '*' --cacert "$CA" --cert "$CERTIFICATES/aanbieder.pem" --key "$CERTIFICATES/aanbieder.key" -w '%{http_code}' \
            -F 'berichtMetadata=<meta.json;type=application/json' -F 'payload=@start.xml;type=application/octet-stream' \
            "$URL/berichtenservice/berichten/rest-push/v1/berichten")
        [ "$status" = 204 ] || { echo "curl was answered with $status" >&2; return 1; }
        echo "$number $identificatie"
    done
}

# --- what they do --------------------------------------------------------------------------------------------------

# check NAME COMMAND...: one client, counted as one test; what it says is shown when it fails, or always with $verbose.
verbose=
check() {
    local name=$1 since=$SECONDS
    shift
    if "$@" >"$name.log" 2>&1; then
        passed=$((passed + 1))
        [ -z "$verbose" ] || cat "$name.log"
        local said
        said=$(grep -c '^ok ' "$name.log" || true)
        ((said)) && said="$said checks, " || said=
        echo "test clients::${suite//\//::}::$name ... ok ($said$((SECONDS - since)) s)"
    else
        failed=$((failed + 1))
        echo "test clients::${suite//\//::}::$name ... FAILED"
        cat "$name.log"
        [ ! -e gateway.log ] || tail -20 gateway.log
    fi
}

# The sum, in cargo's form; false when something failed, or nothing was tried.
finish() {
    # A suite that needs no gateway has none.
    if [ -n "$gateway" ]; then
        kill "$gateway"
        wait "$gateway" || true
        gateway=
    fi
    local outcome=ok
    ((failed == 0 && passed > 0)) || outcome=FAILED
    printf '\ntest result: %s. %d passed; %d failed; 0 ignored; 0 measured; 0 filtered out; finished in %d.00s\n' \
        "$outcome" "$passed" "$failed" $((SECONDS - begun))
    [ "$outcome" = ok ]
}
